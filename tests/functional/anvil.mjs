// An anvil of a test's own.
import { createServer } from "node:net";
import { join } from "node:path";
import { Program, root, rpc, until } from "./network.mjs";

const binary = join(root, "node_modules", "@foundry-rs", "anvil-linux-amd64", "bin", "anvil");

/** A port of 127.0.0.1 on which nobody listens now. */
export const free_port = () => new Promise((resolve) => {
  const server = createServer().listen(0, "127.0.0.1", () => {
    const { port } = server.address();
    server.close(() => resolve(port));
  });
});

/** Whether nobody listens on this port of 127.0.0.1 now. */
export const is_free = (port) => new Promise((resolve) => {
  const server = createServer().once("error", () => resolve(false));
  server.listen(port, "127.0.0.1", () => server.close(() => resolve(true)));
});

/** Its URL once it answers. */
export const anvil = async (...args) => anvil_at(await free_port(), ...args);

export async function anvil_at(port, ...args) {
  new Program("anvil", binary,
              ["--host", "127.0.0.1", "--port", String(port), "--quiet", ...args]);
  const url = `http://127.0.0.1:${port}`;
  await until("an anvil", () => rpc(url, "eth_chainId").catch(() => false));
  return url;
}
