// Compile each schema below a folder in the strict mode of ajv: node strict_mode.cjs MODULES FOLDER NAME…
// Prints {name: error or null} as JSON.
const { readFileSync } = require("node:fs");
const [modules, folder, ...names] = process.argv.slice(2);
const Ajv = require(`${modules}/ajv/dist/2020`).default;

const schemas = Object.fromEntries(
  names.map((name) => [name, JSON.parse(readFileSync(`${folder}/${name}.schema.json`, "utf8"))]),
);
const results = {};
for (const name of names) {
  const warned = [];
  const warn = (message) => warned.push(message);
  const ajv = new Ajv({ strict: true, logger: { log: warn, warn, error: warn } });
  for (const [other, schema] of Object.entries(schemas)) ajv.addSchema(schema, `file:///${other}.schema.json`);
  try {
    ajv.getSchema(`file:///${name}.schema.json`);
    results[name] = warned.length ? warned.join("\n") : null;
  } catch (error) {
    results[name] = error.message;
  }
}
console.log(JSON.stringify(results));
