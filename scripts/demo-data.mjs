// The demonstration's tables, from the npm package vega-datasets.
import { createReadStream, existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { createInterface } from "node:readline";

const data = join(dirname(fileURLToPath(import.meta.url)), "../node_modules/vega-datasets/data");
const json = (file) => JSON.parse(readFileSync(join(data, file), "utf8"));

/** One line of CSV: fields by commas, quoted ones may hold commas and doubled quotes. */
function fields(line) {
  const out = [];
  for (const m of line.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^,]*))/g)) {
    out.push(m[1] === undefined ? m[2] : m[1].replaceAll('""', '"'));
  }
  return out;
}

async function airports() {
  const rows = [];
  const lines = createInterface({ input: createReadStream(join(data, "airports.csv")) });
  for await (const line of lines) rows.push(fields(line));
  return rows
    .slice(1)
    .map(([iata, name, city, state, country, latitude, longitude]) => [
      iata,
      name,
      city,
      state,
      country,
      Number(latitude),
      Number(longitude),
    ]);
}

const flights = () =>
  json("flights-20k.json").map(({ date, delay, distance, origin, destination }, i) => [
    i + 1,
    date,
    delay,
    distance,
    origin,
    destination,
  ]);

const movies = () =>
  json("movies.json").map((m, i) => [
    i + 1,
    m.Title === null ? null : String(m.Title),
    m["Major Genre"],
    m.Director,
    m["Release Date"],
    m["Running Time min"],
    m["Production Budget"],
    m["Worldwide Gross"],
    m["IMDB Rating"],
    m["IMDB Votes"],
  ]);

/** name, schema, rows() */
export const tables = [
  {
    name: "airports",
    schema: [
      `CREATE TABLE IF NOT EXISTS airports (iata TEXT PRIMARY KEY, name TEXT, city TEXT, state TEXT,
         country TEXT, latitude REAL, longitude REAL)`,
      "CREATE INDEX IF NOT EXISTS airports_state ON airports (state, city)",
    ],
    rows: airports,
  },
  {
    name: "flights",
    schema: [
      `CREATE TABLE IF NOT EXISTS flights (id INTEGER PRIMARY KEY, date TEXT, delay INTEGER,
         distance INTEGER, origin TEXT, destination TEXT)`,
      "CREATE INDEX IF NOT EXISTS flights_origin ON flights (origin)",
    ],
    rows: flights,
  },
  {
    name: "movies",
    schema: [
      `CREATE TABLE IF NOT EXISTS movies (id INTEGER PRIMARY KEY, title TEXT, genre TEXT, director TEXT,
         released TEXT, minutes INTEGER, budget INTEGER, gross INTEGER, rating REAL, votes INTEGER)`,
      "CREATE INDEX IF NOT EXISTS movies_director ON movies (director)",
    ],
    rows: movies,
  },
];

export const queries = [
  [
    "One airport, by its key",
    "SELECT iata, name, city, state FROM airports WHERE iata = ?",
    ["SFO"],
  ],
  [
    "States with the most airports",
    `SELECT state, count(*) AS airports, min(latitude) AS southmost, max(latitude) AS northmost
FROM airports WHERE country = 'USA' GROUP BY state ORDER BY airports DESC LIMIT 5`,
    [],
  ],
  [
    "Busiest origins of 20,000 flights (a join)",
    `SELECT f.origin, a.city, count(*) AS flights, avg(f.delay) AS mean_delay, max(f.distance) AS farthest
FROM flights AS f JOIN airports AS a ON a.iata = f.origin
GROUP BY f.origin, a.city ORDER BY flights DESC LIMIT 5`,
    [],
  ],
  [
    "Genres by gross",
    `SELECT genre, count(*) AS movies, avg(rating) AS mean_rating, sum(gross) AS gross
FROM movies WHERE genre IS NOT NULL AND rating IS NOT NULL
GROUP BY genre ORDER BY gross DESC LIMIT 5`,
    [],
  ],
  [
    "Best rated of the much voted for",
    "SELECT title, director, rating, votes FROM movies WHERE votes > ? ORDER BY rating DESC, votes DESC LIMIT 5",
    [100000],
  ],
];

// The Chinook database (a shop for music) stands beside some checkouts, and is read there.
const chinookFile = join(dirname(fileURLToPath(import.meta.url)), "../../shared/data/chinook/chinook.sql");

export const chinook = {
  /** The script that makes it, as one transaction; null where it is not there. */
  script: () =>
    existsSync(chinookFile)
      ? `BEGIN;\n${readFileSync(chinookFile, "utf8").replace(/^\uFEFF/, "")}\n;COMMIT`
      : null,
  queries: [
    [
      "Chinook: genres by what was sold of them",
      `SELECT g.Name AS genre, count(*) AS tracks_sold, sum(l.UnitPrice * l.Quantity) AS sales
FROM InvoiceLine AS l JOIN Track AS t ON t.TrackId = l.TrackId JOIN Genre AS g ON g.GenreId = t.GenreId
GROUP BY g.GenreId ORDER BY sales DESC LIMIT 5`,
      [],
    ],
  ],
};
