// Bundles the parts of Apache ECharts that the page draws with, and writes the bundle, its licence and its hashes
// into the package: `make page-bundle`, after a version changed in package.json. With --check it writes nothing, and
// fails where the package holds another bundle.
import { createHash } from "node:crypto";
import { copyFileSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";

const here = dirname(fileURLToPath(import.meta.url));
const target = join(here, "../../layers/common/learning_graph/reports/page/assets/vendor");
const library = join(here, "node_modules/echarts");
const { version, license } = JSON.parse(readFileSync(join(library, "package.json"), "utf8"));

const bundled = await build({
  entryPoints: [join(here, "charts.mjs")],
  bundle: true,
  minify: true,
  format: "iife",
  globalName: "echarts",
  target: "es2020",
  charset: "ascii",
  legalComments: "none",
  tsconfigRaw: {},
  write: false,
  banner: { js: `/*! Apache ECharts ${version} (parts), ${license}, https://echarts.apache.org */` },
});
const text = bundled.outputFiles[0].contents;
const compressed = gzipSync(text, { level: 9 });
const sha256 = (/** @type {Uint8Array} */ bytes) => createHash("sha256").update(bytes).digest("hex");
const facts = {
  name: "Apache ECharts",
  version,
  licence: license,
  file: "echarts.min.js.gz",
  bytes: text.length,
  sha256: sha256(text),
  compressedSha256: sha256(compressed),
};
if (process.argv.includes("--check")) {
  const kept = JSON.parse(readFileSync(join(target, "echarts.json"), "utf8"));
  if (kept.sha256 !== facts.sha256) {
    console.error(`The bundle in the package is ${kept.sha256}, built anew it is ${facts.sha256}: run make page-bundle.`);
    process.exit(1);
  }
  process.exit(0);
}
writeFileSync(join(target, "echarts.min.js.gz"), compressed);
writeFileSync(join(target, "echarts.json"), JSON.stringify(facts, null, 2) + "\n");
for (const [from, to] of [
  ["echarts/LICENSE", "echarts.LICENSE"],
  ["echarts/NOTICE", "echarts.NOTICE"],
  ["echarts/licenses/LICENSE-d3", "echarts.LICENSE-d3"],
  ["zrender/LICENSE", "zrender.LICENSE"],
]) {
  copyFileSync(join(here, "node_modules", from), join(target, to));
}
console.log(`${facts.file}: ${text.length} bytes, ${compressed.length} compressed, SHA-256 ${facts.sha256}`);
