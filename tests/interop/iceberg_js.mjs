// iceberg-js against the REST catalog: node iceberg_js.mjs FOLDER URL, FOLDER with node_modules. A line
// for each check: `right NAME` or `wrong NAME`.
import { join } from "node:path";
import { pathToFileURL } from "node:url";

const [folder, url] = process.argv.slice(2);
const file = join(folder, "node_modules/iceberg-js/dist/index.mjs");
const { IcebergRestCatalog } = await import(pathToFileURL(file).href);
const catalog = new IcebergRestCatalog({
  baseUrl: `${url}/catalog`,
  catalogName: "interop",
  auth: { type: "none" },
});
const check = (name, isOk) => console.log(isOk ? "right" : "wrong", name);
const refused = async (promise) => {
  try {
    await promise;
    return 0;
  } catch (error) {
    return error.status;
  }
};

const web = { namespace: ["web"] };
const table = { namespace: ["web"], name: "events" };
await catalog.createNamespace(web, { properties: { owner: "tests" } });
check(
  "namespaces",
  (await catalog.listNamespaces()).some((n) => n.namespace[0] === "web"),
);
check("properties", (await catalog.loadNamespaceMetadata(web)).properties.owner === "tests");
check("exists already", (await refused(catalog.createNamespace(web))) === 409);
const request = {
  name: "events",
  schema: {
    type: "struct",
    "schema-id": 0,
    fields: [
      { id: 1, name: "id", type: "long", required: true },
      { id: 2, name: "at", type: "timestamptz", required: false },
    ],
  },
  "partition-spec": { "spec-id": 0, fields: [] },
};
const created = await catalog.createTable(web, request);
check("create", created.schemas[0].fields.length === 2 && created["format-version"] === 2);
check("tables", (await catalog.listTables(web)).map((t) => t.name).join() === "events");
check("load", (await catalog.loadTable(table))["table-uuid"] === created["table-uuid"]);
check("table exists", (await refused(catalog.createTable(web, request))) === 409);
check("no such table", (await refused(catalog.loadTable({ ...table, name: "none" }))) === 404);
check("not empty", (await refused(catalog.dropNamespace(web))) === 409);
await catalog.dropTable(table);
check("drop", (await catalog.listTables(web)).length === 0);
await catalog.dropNamespace(web);
check("drop namespace", !(await catalog.listNamespaces()).some((n) => n.namespace[0] === "web"));
