import type { Clock } from '../../src/core/clock.ts';
import { createFaultServer, type FaultyProvider } from '../support/fault-server.ts';
import type { DialectName } from '../support/faults/fault-dialect.ts';
import { startTestServer } from '../support/test-server.ts';
import { createFaultClient, type FaultCall, type FaultProtocol, type Recovery } from './fault-client.ts';
import { type FaultCase, type FaultRow, fallbackOf } from './fault-rows.ts';
import type { FaultScale } from './fault-scale.ts';
import { createFastClock } from './paced-clocks.ts';

/** One way in which a row is run. */
export interface FaultVariant {
  readonly dialect: DialectName;
  readonly protocol: FaultProtocol;
  readonly isStreamed: boolean;
  /** `undefined`: the call says nothing of it. */
  readonly recovery: Recovery | undefined;
}

/** A row before its server: every variant has providers of its own, so that none sees what became of another. */
export interface FaultRig {
  run(variant: FaultVariant): Promise<FaultCase>;
  /** Whether the server answers a call that has nothing to do with the faults. */
  isAlive(): Promise<boolean>;
  close(): Promise<void>;
}

/** The variants that a row is held to: only a stream can need recovery. */
export function listVariants({ needsRecovery }: FaultRow): FaultVariant[] {
  const recoveries = needsRecovery === true ? (['restart', 'continue'] as const) : [];
  const forms = [
    { isStreamed: true, recovery: undefined },
    ...recoveries.map((recovery) => ({ isStreamed: true, recovery })),
    { isStreamed: false, recovery: undefined },
  ];
  return (['openai-chat', 'anthropic', 'gemini'] as const).flatMap((dialect) =>
    (['REST', 'gRPC'] as const).flatMap((protocol) => forms.map((form) => ({ dialect, protocol, ...form }))),
  );
}

/** Whether a variant is held to what makes a row good: a stream that needs recovery is, where the call asks for it. */
export function isHeldToGood({ needsRecovery }: FaultRow, { isStreamed, recovery }: FaultVariant): boolean {
  return needsRecovery !== true || !isStreamed || recovery !== undefined;
}

/** Such as `REST, streamed, anthropic, recovery restart`. */
export function describeVariant({ dialect, protocol, isStreamed, recovery }: FaultVariant): string {
  const words = [protocol, isStreamed ? 'streamed' : 'whole', dialect];
  return [...words, ...(recovery === undefined ? [] : [`recovery ${recovery}`])].join(', ');
}

/**
 * Opens the fault server and a whole server in front of it.
 *
 * @param ownClock - what both go by. Default: what the scale has for the row.
 */
export async function openFaultRig(row: FaultRow, scale: FaultScale, ownClock?: Clock): Promise<FaultRig> {
  const { config = '', clockSpeed = 1 } = (row.silence && scale.server[row.silence]) ?? {};
  const clock = ownClock ?? createFastClock(clockSpeed);
  const faults = await createFaultServer(clock);
  const pairs = new Map<string, { primary: FaultyProvider; fallback: FaultyProvider }>();
  for (const [place, variant] of listVariants(row).entries()) {
    pairs.set(describeVariant(variant), {
      primary: faults.addProvider(`primary-${place}`, variant.dialect, row.primary(scale)),
      fallback: faults.addProvider(`fallback-${place}`, variant.dialect, fallbackOf(row)),
    });
  }
  const server = await startTestServer({ config: `${faults.configure()}${config}`, clock });
  const callServer = createFaultClient(server, scale.patienceMs);

  return {
    async run(variant) {
      const pair = pairs.get(describeVariant(variant));
      if (pair === undefined) throw new Error(`row ${row.number} is not run with ${describeVariant(variant)}`);
      const { primary, fallback } = pair;
      const { protocol, isStreamed, recovery } = variant;
      const call: FaultCall = { protocol, isStreamed, recovery, models: [primary.model, fallback.model] };
      return { isStreamed, outcome: await callServer(call), primary, fallback, scale };
    },
    async isAlive() {
      const calls = (['REST', 'gRPC'] as const).map((protocol) =>
        callServer({ protocol, isStreamed: false, recovery: undefined, models: ['sandbox/echo'] }),
      );
      return (await Promise.all(calls)).every(({ hasEnd }) => hasEnd);
    },
    async close() {
      await server.close();
      await faults.close();
    },
  };
}
