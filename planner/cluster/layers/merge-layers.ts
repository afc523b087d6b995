// Layering of what cluster, pool and host say: later wins, maps merge, lists replace.

type Map = Readonly<Record<string, unknown>>;

/** The layers merged, as new data; undefined layers and fields say nothing. */
export function mergeLayers(...layers: readonly (object | undefined)[]): Map {
  // the keys of a layer are those of a schema's object
  return layers.reduce<Map>((merged, layer) => (layer === undefined ? merged : mergeMaps(merged, layer as Map)), {});
}

/** Layers of one type, of which each is whole or every part may be left out: merged they are of that type. */
export function mergeAlike<Layer extends object>(...layers: readonly (Layer | undefined)[]): Layer {
  // maps of maps: what is merged from parts of one shape has that shape
  return mergeLayers(...layers) as Layer;
}

function mergeMaps(below: Map, above: Map): Map {
  const merged: Record<string, unknown> = { ...below };
  for (const [key, value] of Object.entries(above)) {
    if (value === undefined) continue;
    const other = merged[key];
    merged[key] = isMap(value) && isMap(other) ? mergeMaps(other, value) : value;
  }
  return merged;
}

function isMap(value: unknown): value is Map {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
