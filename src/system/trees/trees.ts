import type { TreeTools } from "../../service/releases/place.ts";
export const unpackTree: TreeTools["unpackTree"] = () => {
  throw new Error("x");
};
export const copyTree: TreeTools["copyTree"] = () => {
  throw new Error("x");
};
export const removeTree: TreeTools["removeTree"] = () => {};
