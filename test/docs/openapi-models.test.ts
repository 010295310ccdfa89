import { describe, expect, test } from 'vitest';
import { isJsonObject, type JsonObject } from '../../src/core/json.ts';
import { listed } from '../wire/listed-models.ts';
import { startRouterRig } from '../wire/router-rig.ts';
import { compileSchema, findOperation } from './openapi-document.ts';

const checks = {
  ModelCatalog: compileSchema('ModelCatalog', { closed: true }),
  CallableModelList: compileSchema('CallableModelList', { closed: true }),
  CallableModel: compileSchema('CallableModel', { closed: true }),
  Status: compileSchema('Status', { closed: true }),
  ErrorResponse: compileSchema('ErrorResponse', { closed: true }),
};

describe('openapi.json describes', () => {
  test.each<[path: string, status: number, schema: keyof typeof checks]>([
    ['/llm/v1alpha/models', 200, 'ModelCatalog'],
    ['/llm/v1alpha/models?capability=speech', 400, 'Status'],
    ['/v1/models', 200, 'CallableModelList'],
    ['/v1/models?client_version=2', 200, 'CallableModelList'],
    ['/v1/models/%zz', 400, 'ErrorResponse'],
    ['/v1/models/own/org/tiny', 200, 'CallableModel'],
    ['/v1/models/none', 404, 'ErrorResponse'],
  ])('what %s answers: %i', async (path, status, schema) => {
    const rig = await startRouterRig({ listed });
    const answer = await rig.send('GET', path);
    expect(answer.status).toBe(status);
    expect(checks[schema](answer.body)).toEqual([]);
  });

  test('every capability that can be asked for, and no other', async () => {
    const { parameters } = findOperation('GET /llm/v1alpha/models');
    const objects: JsonObject[] = Array.isArray(parameters) ? parameters.filter(isJsonObject) : [];
    const schema = objects.find(({ name }) => name === 'capability')?.['schema'];
    const items = isJsonObject(schema) ? schema['items'] : undefined;
    const names = isJsonObject(items) && Array.isArray(items['enum']) ? items['enum'].map(String) : [];
    const rig = await startRouterRig({ listed });
    const { status } = await rig.send('GET', `/llm/v1alpha/models?capability=${names.join()}`);
    expect(status).toBe(200);
    const refused = await rig.send('GET', '/llm/v1alpha/models?capability=speech');
    expect(String(refused.body['message'])).toContain(`it takes ${names.join(', ')}.`);
  });
});
