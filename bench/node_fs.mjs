// Node's fs.promises: the same work in async functions.
import { open, rename, stat } from "node:fs/promises";
import { mkdirSync, rmSync, statSync, writeFileSync, writeSync } from "node:fs";

const [work, concurrency, amountText, target] = process.argv.slice(2);
const amount = Number(amountText);
const now = () => Number(process.hrtime.bigint()) / 1e9;
let blocks = statSync(target).isFile() ? Math.floor(statSync(target).size / 4096) : 1;
let seed = 1n, start = now(), count = 0, over = false;

function offset() {
  seed = (seed * 1103515245n + 12345n) & 0x7fffffffn;
  return Number(seed >> 7n) % blocks * 4096;
}

function more() {
  if ((count & 63) === 0) over = now() - start >= amount;
  if (over) return false;
  count++;
  return true;
}

async function spawn(body) {
  start = now();
  await Promise.all(Array.from({ length: Number(concurrency) }, body));
}

const works = {
  async read() {
    const file = await open(target, "r");
    await spawn(async () => {
      const buffer = Buffer.alloc(4096);
      while (more()) await file.read(buffer, 0, 4096, offset());
    });
    return count / (now() - start);
  },
  async write() {
    blocks = 2048;
    const file = await open(target + ".written", "w");
    const data = Buffer.alloc(4096, "x");
    for (let i = 0; i < blocks; i++) writeSync(file.fd, data);
    await spawn(async () => {
      while (more()) await file.write(data, 0, 4096, offset());
    });
    return count / (now() - start);
  },
  async rename() {
    const directory = target + ".renamed";
    let index = 0;
    rmSync(directory, { recursive: true, force: true });
    mkdirSync(directory);
    for (let i = 1; i <= Number(concurrency); i++) writeFileSync(`${directory}/${i}`, "");
    await spawn(async () => {
      let from = `${directory}/${++index}`, to = `${from}.renamed`;
      while (more()) {
        await rename(from, to);
        [from, to] = [to, from];
      }
    });
    return count / (now() - start);
  },
  async stat() {
    await spawn(async () => {
      while (more()) await stat(target);
    });
    return count / (now() - start);
  },
  async files() {
    let next = 0;
    const pad = (x) => String(x).padStart(3, "0");
    await spawn(async () => {
      const buffer = Buffer.alloc(4096);
      while (next < amount) {
        const index = next++;
        const file = await open(`${target}/${pad(Math.floor(index / 1000))}/${pad(index % 1000)}`, "r");
        await file.read(buffer, 0, 4096, 0);
        await file.close();
      }
    });
    return amount / (now() - start);
  },
};

if (!works[work]) process.exit(3);
console.log((await works[work]()).toFixed(3));
process.exit(0);
