// Scopes of the catalog's tokens: words, separated by spaces.
//
//   catalog              everything; what a client gets that asks for nothing
//   catalog:read         reading, in all warehouses
//   warehouse:NAME       everything in one warehouse
//   warehouse:NAME:read  reading in it
//
// PRINCIPAL_ROLE:ALL is what some engines ask for unless told otherwise; it is another word for catalog.

export type Access = "all" | "read";

const WORD = /^(?:catalog|warehouse:([\w.-]+))(:read)?$/;

function grantOf(word: string): { warehouse: string | undefined; access: Access } | null {
  const parts = WORD.exec(word);
  return parts && { warehouse: parts[1], access: parts[2] === undefined ? "all" : "read" };
}

/** The words of a scope, each once; null when one of them is none of the above. */
export function parseScope(text: string): string[] | null {
  const words = new Set(
    text
      .split(" ")
      .filter((word) => word !== "")
      .map((word) => (word === "PRINCIPAL_ROLE:ALL" ? "catalog" : word)),
  );
  return [...words].every(grantOf) ? [...words] : null;
}

/** What these words allow in a warehouse. */
export function accessTo(warehouse: string, words: readonly string[]): Access | null {
  let access: Access | null = null;
  for (const grant of words.map(grantOf)) {
    if (grant === null || (grant.warehouse ?? warehouse) !== warehouse) continue;
    if (grant.access === "all") return "all";
    access = "read";
  }
  return access;
}

/** Whether `words` allow all that `word` does. */
export function covers(words: readonly string[], word: string): boolean {
  const asked = grantOf(word);
  return words.some((own) => {
    const grant = grantOf(own);
    if (grant === null || asked === null) return false;
    const everywhere = grant.warehouse === undefined || grant.warehouse === asked.warehouse;
    return everywhere && (grant.access === "all" || asked.access === "read");
  });
}
