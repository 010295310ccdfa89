import type { Command } from './command.ts';

/** A command by its name, not loaded yet. */
export interface CommandEntry {
  /** The words behind `signalbox`. */
  readonly words: readonly string[];
  /** What it does, in one sentence. */
  readonly summary: string;
  readonly load: () => Promise<Command>;
}

/** Every command, in the order of the help text: those that call a server, then those that work on its store. */
export const commandList: readonly CommandEntry[] = [
  {
    words: ['routers', 'list'],
    summary: 'List the saved routers.',
    load: async () => (await import('./commands/routers-list.ts')).routersList,
  },
  {
    words: ['routers', 'get'],
    summary: 'Print one router as YAML, to be edited and applied.',
    load: async () => (await import('./commands/routers-get.ts')).routersGet,
  },
  {
    words: ['routers', 'apply'],
    summary: 'Create and update routers from files.',
    load: async () => (await import('./commands/routers-apply.ts')).routersApply,
  },
  {
    words: ['routers', 'delete'],
    summary: 'Delete routers.',
    load: async () => (await import('./commands/routers-delete.ts')).routersDelete,
  },
  {
    words: ['models', 'list'],
    summary: 'List the models that can be called.',
    load: async () => (await import('./commands/models-list.ts')).modelsList,
  },
  {
    words: ['models', 'get'],
    summary: 'Print one model of the catalogue.',
    load: async () => (await import('./commands/models-get.ts')).modelsGet,
  },
  {
    words: ['explain'],
    summary: 'Tell how a request would be routed, without sending it.',
    load: async () => (await import('./commands/explain.ts')).explain,
  },
  {
    words: ['chat'],
    summary: 'Ask a model, and print its answer as it comes.',
    load: async () => (await import('./commands/chat.ts')).chat,
  },
  {
    words: ['catalog', 'sync'],
    summary: 'Fetch models, prices or scores from a public source into the store of the server.',
    load: async () => (await import('./commands/catalog-sync.ts')).catalogSync,
  },
  {
    words: ['catalog', 'list'],
    summary: 'List the sources that were synced.',
    load: async () => (await import('./commands/catalog-list.ts')).catalogList,
  },
  {
    words: ['catalog', 'remove'],
    summary: 'Remove what was synced from a source.',
    load: async () => (await import('./commands/catalog-remove.ts')).catalogRemove,
  },
];
