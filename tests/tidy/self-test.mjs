// A tree in memory that every check is content with, and one planted violation for each check: a
// check that does not catch its own is no check.

const good = {
  "core/README.md": [
    "| layer | folder | may include | what lives there |",
    "|---|---|---|---|",
    "| 1 | `core/base` | | ground |",
    "| 5 | `core/storage/page` | `base` | pages |",
    "| 6 | `core/table` | `base` `storage` | rows |",
    "",
  ].join("\n"),
  "core/base/README.md": "base\n",
  "core/base/status.h": "#pragma once\n",
  "core/storage/README.md": "storage\n",
  "core/storage/page/README.md": "pages\n",
  "core/storage/page/pager.h": '#include "core/base/status.h"\n',
  "core/storage/page/pager.cc": '#include "core/storage/page/pager.h"\n',
  "core/table/README.md": "table\n",
  "core/table/row.cc": '#include "core/storage/page/pager.h"\n#include <vector>\n',
  "scripts/README.md": "scripts\n",
  "scripts/go": "node scripts/go.mjs\n",
  "scripts/go.mjs": "console.log(1);\n",
};

// check -> changes to the good tree that it must catch; each key a path, each value its new text
const planted = {
  layers: [
    { "core/base/status.h": '#pragma once\n#include "core/table/row.h"\n', "core/table/row.h": '#include "core/base/status.h"\n' },
    { "core/storage/page/pager.cc": '#include "core/storage/page/pager.h"\n#include "core/missing/x.h"\n' },
    { "core/strange/thing.cc": '#include "core/base/status.h"\n' },
    { "core/README.md": "no table\n" },
  ],
  readmes: [{ "core/table/README.md": null }, { "core/table/deep/x.cc": "int x;\n" }],
  "dead files": [
    { "core/base/lonely.h": "#pragma once\n" },
    { "core/stray.cc": "int x;\n" },
    { "tests/stray.cc": "int x;\n" },
    { "scripts/unused.mjs": "console.log(1);\n" },
  ],
  "machine paths": [
    { "scripts/go": `node ${["", "home", "me", "go.mjs"].join("/")}\n` },
    { "scripts/go": `curl https://${["deb", "debian", "org"].join(".")}/x\n` },
  ],
  length: [{ "core/table/row.cc": "int x;\n".repeat(701) }],
  "standard headers": [{ "core/table/row.cc": "#include <iostream>\n" }],
  unfinished: [{ "core/table/row.cc": `// ${["TO", "DO"].join("")}: later\n` }],
};

function tree(changes = {}) {
  const texts = Object.fromEntries(Object.entries({ ...good, ...changes }).filter(([, text]) => text !== null));
  return { files: Object.keys(texts), read: (file) => texts[file] };
}

/** [test's name, problems] for each test of each check. */
export function* selfTest(checks) {
  for (const [name, check] of Object.entries(checks)) {
    yield [`self-test: ${name}: a clean tree is clean`, [...check(tree())]];
    for (const [i, changes] of (planted[name] ?? []).entries()) {
      const caught = [...check(tree(changes))].length > 0;
      yield [`self-test: ${name}: planted ${i + 1}`, caught ? [] : [`not caught: ${JSON.stringify(changes).slice(0, 120)}`]];
    }
    if (!planted[name]) yield [`self-test: ${name}`, ["no violation is planted for this check"]];
  }
}
