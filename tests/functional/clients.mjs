// cast, ethers and viem, as people use them.
import { ContractFactory, JsonRpcProvider, NonceManager, parseEther, Transaction, Wallet }
  from "ethers";
import { createPublicClient, createWalletClient, defineChain, http } from "viem";
import { privateKeyToAccount } from "viem/accounts";
import { load_artefact } from "./artefacts.mjs";
import { cast, check, equal, ETHER, GWEI, L2_CHAIN_ID, Network, ok, run, test, transfer }
  from "./network.mjs";

const token = load_artefact("MetisToken");

async function with_cast(network) {
  const key = network.dev.accounts[1].privateKey;
  const to = Wallet.createRandom().address;
  const call = async (command, ...args) => {
    const ended = await run(cast, [command, "--rpc-url", network.l2, ...args]);
    if (ended.code !== 0) throw new Error(`cast ${command}: ${ended.said}`);
    return ended.out.trim();
  };
  const send = async (...args) =>
    JSON.parse(await call("send", "--json", "--private-key", key, ...args));
  for (const [type, flags] of [["0x0", ["--legacy"]],
                               ["0x1", ["--legacy", "--access-list", "[]"]], ["0x2", []]]) {
    const receipt = await send(to, "--value", "1ether", ...flags);
    equal([receipt.status, receipt.type], ["0x1", type], `cast: a transfer of type ${type}`);
  }
  equal(await call("balance", to), String(3n * ETHER), "cast: the balance");
  const made = await send("--create", token.bytecode, "constructor(uint256)", "1000");
  const contract = made.contractAddress;
  const minted = await send(contract, "mint(address,uint256)", to, "7");
  equal([minted.status, minted.logs.length], ["0x1", 1], "cast: a call of a deployed contract");
  equal(await call("call", contract, "balanceOf(address)(uint256)", to), "7", "cast: eth_call");
  const logs = JSON.parse(await call("logs", "--json", "--address", contract, "--from-block", "0",
                                     "Transfer(address,address,uint256)"));
  equal(logs.length, 2, "cast: event logs");
  check(BigInt(await call("estimate", contract, "mint(address,uint256)", to, "1")) > 21000n,
        "cast: an estimate");
  equal([await call("chain-id"), await call("nonce", to)], [String(L2_CHAIN_ID), "0"],
        "cast: chain id and nonce");
  check((await call("receipt", minted.transactionHash)).includes(minted.blockHash),
        "cast: the receipt by hash");
  check((await call("block", "latest")).includes("stateRoot"), "cast: the latest block");
  const broken = await run(cast, ["send", "--rpc-url", network.l2, "--private-key", key, contract,
                                  "transferFrom(address,address,uint256)", to, to, "9"]);
  check(broken.code !== 0 && /insufficient allowance/.test(broken.said),
        "cast: why a call would revert", broken.said);
}

async function with_ethers(network) {
  const provider = new JsonRpcProvider(network.l2, undefined, {
    cacheTimeout: -1, pollingInterval: 100 });
  const signer = new NonceManager(new Wallet(network.dev.accounts[2].privateKey, provider));
  const to = Wallet.createRandom().address;
  for (const fields of [{ type: 0 }, { type: 1, accessList: [] }, { type: 2 }]) {
    const receipt = await (await signer.sendTransaction({ to, value: ETHER, ...fields })).wait();
    equal([receipt.status, receipt.type], [1, fields.type],
          `ethers: a transfer of type ${fields.type}`);
  }
  const contract = await (await new ContractFactory(token.abi, token.bytecode, signer)
    .deploy(1000n)).waitForDeployment();
  const receipt = await (await contract.mint(to, 7n)).wait();
  equal(receipt.logs.map((log) => contract.interface.parseLog(log).args[2]), [7n],
        "ethers: a deployed contract's event in the receipt");
  equal(await contract.balanceOf(to), 7n, "ethers: eth_call");
  equal((await contract.queryFilter("Transfer", 0)).length, 2, "ethers: event logs");
  check(await contract.mint.estimateGas(to, 1n) > 21000n, "ethers: an estimate");
  const [balance, count, head, fees] = await Promise.all([
    provider.getBalance(to), provider.getTransactionCount(to), provider.getBlock("latest"),
    provider.getFeeData()]);
  check(balance === 3n * ETHER && count === 0 && head.number > 0 && fees.maxFeePerGas > 0n,
        "ethers: reads in one batch", [balance, count]);

  // Waiting ones count for the pending nonce and can be read.
  const other = new Wallet(network.dev.accounts[3].privateKey, provider);
  const raw = await Promise.all([0, 1, 2].map((nonce) => transfer(other, nonce)));
  const sent = [await provider.broadcastTransaction(raw[1]),
                await provider.broadcastTransaction(raw[2])];
  equal(await provider.getTransactionCount(other.address, "pending"), 0,
        "ethers: a gap stops the pending nonce");
  equal((await provider.getTransaction(sent[0].hash)).blockNumber, null,
        "ethers: a waiting transaction by hash");
  sent.push(await provider.broadcastTransaction(raw[0]));
  equal(await provider.getTransactionCount(other.address, "pending"), 3,
        "ethers: the pending nonce counts what waits");
  for (const each of sent) await each.wait();
  ok("ethers: waiting for each of them");

  // ethers knows these by their texts.
  const refusals = [
    ["NONCE_EXPIRED", "nonceTooLow", await transfer(other, 1, { value: 2n })],
    ["INSUFFICIENT_FUNDS", "insufficientFunds", await transfer(other, 3, { value: 10n ** 30n })],
    [null, "wrongChain", await transfer(other, 3, { chainId: 1 })],
    [null, "intrinsicGas", await transfer(other, 3, { gasLimit: 20999n })],
  ];
  await provider.broadcastTransaction(await transfer(other, 4));
  refusals.push(["REPLACEMENT_UNDERPRICED", "underpriced", await transfer(other, 4, {
    maxFeePerGas: 21n * GWEI, maxPriorityFeePerGas: 2n * GWEI })]);
  refusals.push([null, "alreadyKnown", await transfer(other, 4)]);
  for (const [code, reason, signed] of refusals) {
    const error = await provider.broadcastTransaction(signed).then(() => null, (e) => e);
    const told = error?.error ?? error?.info?.error;
    equal([told?.code, told?.data?.reason], [-32000, reason], `ethers: refused as ${reason}`);
    if (code) equal(error.code, code, `ethers: which it knows as ${code}`);
    if (reason === "alreadyKnown") continue;
    equal(await network.rpc("horae_transaction", Transaction.from(signed).hash), null,
          "and has no fate");
  }
  provider.destroy();
}

async function with_viem(network) {
  const chain = defineChain({
    id: L2_CHAIN_ID, name: "Horae dev", rpcUrls: { default: { http: [network.l2] } },
    nativeCurrency: { name: "Metis", symbol: "METIS", decimals: 18 } });
  const transport = http(network.l2, { batch: true });
  const account = privateKeyToAccount(network.dev.accounts[4].privateKey);
  const reader = createPublicClient({ chain, transport, pollingInterval: 100 });
  const writer = createWalletClient({ account, chain, transport });
  const mined = (hash) => reader.waitForTransactionReceipt({ hash });
  const to = Wallet.createRandom().address;
  for (const type of ["legacy", "eip2930", "eip1559"]) {
    const receipt = await mined(await writer.sendTransaction({ to, value: ETHER, type }));
    equal([receipt.status, receipt.type], ["success", type], `viem: a transfer of type ${type}`);
  }
  const { contractAddress: address } = await mined(await writer.deployContract({
    abi: token.abi, bytecode: token.bytecode, args: [1000n] }));
  await mined(await writer.writeContract({ address, abi: token.abi, functionName: "mint",
                                           args: [to, 7n] }));
  const read = (functionName, args) =>
    reader.readContract({ address, abi: token.abi, functionName, args });
  equal(await Promise.all([read("balanceOf", [to]), read("totalSupply", [])]), [7n, 1007n],
        "viem: two calls in one batch");
  const events = await reader.getContractEvents({
    address, abi: token.abi, eventName: "Transfer", fromBlock: 0n });
  equal(events.map(({ args }) => args.value), [1000n, 7n], "viem: events");
  check(await reader.estimateContractGas({ address, abi: token.abi, functionName: "mint",
                                           args: [to, 1n], account }) > 21000n,
        "viem: an estimate");
  equal(await reader.getTransactionCount({ address: account.address, blockTag: "pending" }), 5,
        "viem: the pending nonce");
  const refused = async (fields) => {
    const error = await writer.sendTransaction({
      to, value: 1n, gas: 21000n, maxFeePerGas: 20n * GWEI, maxPriorityFeePerGas: GWEI, ...fields,
    }).then(() => null, (e) => e);
    return error?.walk?.((e) => e.name.endsWith("Error") && e !== error)?.name ?? error?.name;
  };
  equal(await refused({ nonce: 0 }), "NonceTooLowError", "viem: knows a nonce too low");
  equal(await refused({ value: parseEther("1000000000") }), "InsufficientFundsError",
        "viem: knows insufficient funds");
}

await test(async () => {
  const network = await Network.start();
  await with_cast(network);
  await with_ethers(network);
  await with_viem(network);
  await network.stop();
});
