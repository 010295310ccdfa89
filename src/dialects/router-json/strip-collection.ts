const collection = 'routers/';

/** The name of a router in `routers/NAME`, which is how names of resources are written; any other text as it is. */
export function stripCollection(name: string): string {
  return name.startsWith(collection) ? name.slice(collection.length) : name;
}
