import type { SoakClient, SoakPlace } from './soak-client.ts';
import { createRestClient } from './soak-rest-client.ts';
import { createRpcClient } from './soak-rpc-client.ts';

const makers: readonly ((place: SoakPlace) => SoakClient)[] = [
  createRestClient,
  (place) => createRpcClient('grpc', place),
  createRestClient,
  (place) => createRpcClient('connect', place),
  (place) => createRpcClient('grpc-web', place),
];

/** Makes a client with connections of its own. Neighbouring numbers get different protocols. */
export function createSoakClient(number: number, place: SoakPlace): SoakClient {
  const make = makers[number % makers.length] ?? createRestClient;
  return make(place);
}

/** Makes one client of each kind. */
export function createEverySoakClient(place: SoakPlace): SoakClient[] {
  return makers.map((make) => make(place));
}
