// Between the members of a pool: a proxy in front of each one's consensus and one in front of its node, which lets no
// two of whom a test says so reach one another. Who dials is told by the process that has the other end.
import { readdirSync, readFileSync, readlinkSync, writeFileSync } from "node:fs";
import { connect, createServer } from "node:net";
import { join } from "node:path";
import { children_of } from "./network.mjs";

const hex_port = (port) => port.toString(16).toUpperCase().padStart(4, "0");

/** The inode of the socket of 127.0.0.1 whose ends are these ports. */
function inode_of(local, remote) {
  const ends = `0100007F:${hex_port(local)} 0100007F:${hex_port(remote)} `;
  const row = readFileSync("/proc/net/tcp", "utf8").split("\n").find((each) => each.includes(ends));
  return row?.trim().split(/\s+/)[9];
}

/** Whether a process or one of its children holds this socket. */
const holds = (pid, inode) => [pid, ...children_of(pid).map((child) => child.pid)].some((each) => {
  try {
    const files = `/proc/${each}/fd`;
    return readdirSync(files).some((name) => {
      try {
        return readlinkSync(join(files, name)) === `socket:[${inode}]`;
      } catch {
        return false; // closed meanwhile
      }
    });
  } catch {
    return false; // ended meanwhile
  }
});

const listen = (server) => new Promise((resolve) => {
  server.listen(0, "127.0.0.1", () => resolve(server.address().port));
});

export class LinkCut {
  /** Members that do not run: their settings name the proxies from here on. */
  static async before(nodes) {
    const it = new LinkCut();
    it.nodes = nodes;
    it.open = new Set();
    const behind = new Map();
    for (const node of nodes) {
      const settings = readFileSync(join(node.datadir, "horae.toml"), "utf8");
      const port_of = (name) => Number(new RegExp(`^${name} = "127\\.0\\.0\\.1:(\\d+)"`, "m").exec(settings)[1]);
      for (const name of ["listen", "link_listen"]) {
        const port = port_of(name);
        behind.set(port, await listen(createServer((from) => it.#pass(from, node, port))));
      }
    }
    for (const { datadir } of nodes) {
      const file = join(datadir, "horae.toml");
      const proxy = (port) => behind.get(Number(port));
      writeFileSync(file, readFileSync(file, "utf8")
        .replace(/^listen = "(.*):(\d+)"$/m, (line, host, port) => `${line}\nendpoint = "${host}:${proxy(port)}"`)
        .replace(/^link_listen = "(.*):(\d+)"$/m,
                 (line, host, port) => `${line}\nlink_endpoint = "${host}:${proxy(port)}"`)
        .replace(/^peers = .*$/m, (line) => line.replace(/:(\d+)/g, (_, port) => `:${proxy(port)}`)));
    }
    return it;
  }

  /** Nothing passes between these two until it is healed. */
  cut(one, other) {
    this.pair = [one, other];
    for (const each of this.open) if (this.#is_cut(each.ends)) each.from.destroy();
  }
  heal() {
    this.pair = undefined;
  }

  #is_cut(ends) {
    return this.pair?.every((node) => ends.includes(node));
  }

  #pass(from, node, port) {
    const inode = inode_of(from.remotePort, from.localPort);
    const dialer = inode && this.nodes.find(({ program }) => holds(program.pid, inode));
    const each = { from, ends: [dialer, node] };
    from.on("error", () => {}); // close follows
    if (!dialer || this.#is_cut(each.ends)) return from.destroy();
    this.open.add(each);
    const to = connect(port, "127.0.0.1").on("error", () => {});
    from.on("close", () => {
      this.open.delete(each);
      to.destroy();
    });
    to.on("close", () => from.destroy());
    from.pipe(to).pipe(from);
  }
}
