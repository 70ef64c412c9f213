export { ChangeSource } from "./change-source.ts";
export {
  DoLakeCatalog,
  type CatalogAnswer,
  type CatalogEnv,
  type CatalogRequest,
} from "./dolake-catalog.ts";
export {
  DoLakeTable,
  type LakeTableEnv,
  type LakeTableName,
  type LakeTableStatus,
  type PushAnswer,
  type PushRequest,
} from "./dolake-table.ts";
export {
  LakeSource,
  type LakeSourceEnv,
  type StreamOptions,
  type StreamStatus,
} from "./lake-source.ts";
