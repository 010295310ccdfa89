import { describe, expect, test } from 'vitest';
import { startTestServer } from '../support/test-server.ts';
import { runCommand } from './run-command.ts';

const routers = `
name: greeter
displayName: Greeter
routes:
  - condition: { cel_expression: 'tier == "premium"' }
    route:
      route_id: premium
      variants:
        - weight: 100
          variant:
            variant_id: only
            model_id: sandbox/echo
            message_templates: [{ role: system, content: "You greet {{who}}." }]
defaultRoute:
  variants:
    - { weight: 70, variant: { variant_id: a, model_id: sandbox/echo } }
    - { weight: 30, variant: { variant_id: b, model_id: sandbox/echo } }
`;

describe('with a whole server', () => {
  test('chat prints what the model says, and what served it', async () => {
    await using server = await startTestServer();
    const env = { SIGNALBOX_URL: server.origin, SIGNALBOX_KEY: server.apiKey };
    for (const flags of [[], ['--no-stream']]) {
      const { code, stdout, stderr } = await runCommand(['chat', 'sandbox/echo', 'Hello, wörld!', ...flags], { env });
      expect([code, stdout]).toEqual([0, 'Hello, wörld!\n']);
      expect(stderr).toMatch(/^sandbox\/echo, \d+ \+ \d+ tokens, \d+ ms\n$/);
    }
    const { code, stderr } = await runCommand(['chat', 'nobody/x', 'Hi'], { env });
    expect([code, stderr]).toEqual([1, expect.stringMatching(/^The provider nobody .*\n$/)]);
  });

  test('a router is applied, explained, asked, and deleted', async () => {
    await using server = await startTestServer();
    const env = { SIGNALBOX_URL: server.origin, SIGNALBOX_KEY: server.apiKey };
    const apply = async (input: string) => await runCommand(['routers', 'apply', '-f', '-'], { env, input });
    expect(await apply(routers)).toEqual({ code: 0, stdout: 'created greeter\n', stderr: '' });
    expect(await apply(routers)).toEqual({ code: 0, stdout: 'unchanged greeter\n', stderr: '' });
    const { stdout: saved } = await runCommand(['routers', 'get', 'greeter'], { env });
    expect(await apply(saved)).toEqual({ code: 0, stdout: 'unchanged greeter\n', stderr: '' });
    expect(await apply(saved.replace('Greeter', 'Greets'))).toEqual({
      code: 0,
      stdout: 'updated greeter\n',
      stderr: '',
    });
    expect(await apply(saved.replace('Greeter', 'Welcomes'))).toMatchObject({ code: 1, stdout: '' });

    const bad = await apply(routers.replace('weight: 70', 'weight: 71').replace('tier ==', 'tier =='.repeat(2)));
    expect([bad.code, bad.stdout]).toEqual([1, '']);
    expect(bad.stderr).toMatch(/ {2}standard input: greeter: routes\[0\]\.condition\.cel_expression: /);
    expect(bad.stderr).toMatch(/ {2}standard input: greeter: defaultRoute\.variants: /);

    const unread = await apply(routers.replace('weight: 70', 'weight: 71').replace('displayName', 'displayNam'));
    expect([unread.code, unread.stdout]).toEqual([1, '']);
    expect(unread.stderr).toMatch(/ {2}standard input: greeter: displayNam: there is no such field/);
    expect(unread.stderr).toMatch(/ {2}standard input: greeter: defaultRoute\.variants: /);
    const named = await apply(routers.replace('weight: 70', 'weight: 71').replace('name: greeter', 'name: No Name'));
    expect(named.stderr).toMatch(/ {2}standard input: No Name: name: /);
    expect(named.stderr).toMatch(/ {2}standard input: No Name: defaultRoute\.variants: /);

    const premium = ['--metadata', 'tier=premium', '--var', 'who=the world'];
    const explained = await runCommand(['explain', 'router/greeter', '--message', 'Hi', ...premium], { env });
    expect([explained.code, explained.stderr]).toEqual([0, '']);
    expect(explained.stdout).toMatch(/\* premium: taken, its condition is true/);
    expect(explained.stdout).toContain('system: You greet the world.');
    const answer = await runCommand(['chat', 'router/greeter', 'Hi', ...premium], { env });
    expect([answer.code, answer.stdout]).toEqual([0, 'Hi\n']);
    expect(answer.stderr).toContain('router greeter/premium/only');

    expect((await runCommand(['routers', 'list'], { env })).stdout).toMatch(
      /^greeter +Greets +1 \+ default +\d{4}-.*no$/m,
    );
    expect((await runCommand(['routers', 'delete', 'greeter'], { env })).stdout).toBe('deleted greeter\n');
    expect((await runCommand(['routers', 'get', 'greeter'], { env })).code).toBe(1);
    expect(await apply(saved)).toMatchObject({
      code: 1,
      stdout: '',
      stderr: expect.stringContaining('it was deleted'),
    });
  });
});
