// The interface of Metis's contracts, word for word, and whether ours has it.
import assert from "node:assert/strict";
import { EventFragment, FunctionFragment } from "ethers";

// Events with their topic 0, as on mainnet.
const events = {
  LockingInfo: [
    ["event Locked(address indexed signer, uint256 indexed sequencerId, uint256 nonce, uint256 " +
     "indexed activationBatch, uint256 amount, uint256 total, bytes signerPubkey)",
     "0xe6f1eb1f1d0ca344d03cf47b9e6ece8a7d3b196e38dd7dd2307cca75e26682a8"],
    ["event Relocked(uint256 indexed sequencerId, uint256 amount, uint256 total)",
     "0x33a87ba488658b3d1319098cd49c6d65b72a79c0f3530fec611e7afffed04395"],
    ["event Withdraw(uint256 indexed sequencerId, uint256 amount)",
     "0x56ca301a9219608c91e7bcee90e083c19671d2cdcc96752c7af291cee5f9c8c8"],
    ["event LockUpdate(uint256 indexed sequencerId, uint256 indexed nonce, uint256 indexed " +
     "newAmount)",
     "0xd716c027b3dd610e4534df756848128bbb159a757724c17d89fcc4d0151b1f30"],
    ["event ClaimRewards(uint256 indexed sequencerId, address recipient, uint256 indexed amount, " +
     "uint256 indexed totalAmount)",
     "0x18c7dc2a1800c409227dc12c0c05ada9c995ebfe0e42ae6d65f1b3ae3e6111de"],
    ["event UnlockInit(address indexed user, uint256 indexed sequencerId, uint256 nonce, uint256 " +
     "deactivationBatch, uint256 deactivationTime, uint256 unlockClaimTime, uint256 indexed " +
     "amount)",
     "0x06d9e13438f0daf13a71d63f3f8579db8bdeb299e4b651942313c73224d7af69"],
    ["event Unlocked(address indexed user, uint256 indexed sequencerId, uint256 amount, uint256 " +
     "total)",
     "0x5245d528087a96a64f4589a764f00061e4671eab90cb1e019b1a5b24b2e4c2a8"],
    ["event BatchSubmitReward(uint256 _newBatchId)",
     "0x9e5aedd489785d05ba086064386f2e75b3e497d3dc00a54ed1c78bfc50a3953f"],
    ["event SignerChange(uint256 indexed sequencerId, uint256 nonce, address indexed oldSigner, " +
     "address indexed newSigner, bytes signerPubkey)",
     "0x086044c0612a8c965d4cccd907f0d588e40ad68438bd4c1274cac60f4c3a9d1f"],
    ["event SetMinLock(uint256 _newMinLock)",
     "0xabb05374bb45ebfef33afb21ec5aa52333708d8217fd8e5c0616efd2530b2145"],
    ["event SetMaxLock(uint256 _newMaxLock)",
     "0xbe23e9641c545443c3c625039b327c0eee88e9024040be7b03c5d73862d425e0"],
    ["event SetRewardPayer(address _payer)",
     "0x30b92f5a89d7473895c4e9ce260fa7d0eefef2d59d5e68192e2e8cca4b9473a0"],
  ],
  LockingPool: [
    ["event DistributeReward(uint256 indexed batchId, uint256 startEpoch, uint256 endEpoch, " +
     "uint256 amount, uint256 rpb)",
     "0x57f14bf0f24025b2c737413d121021e1a6ede039533e1215eda6f20002baf0a1"],
    ["event RewardUpdate(uint256 newReward, uint256 oldReward)",
     "0xf67f33e8589d3ea0356303c0f9a8e764873692159f777ff79e4fc523d389dfcd"],
    ["event UpdateMpc(address _newMpc)",
     "0xc6759872346bc2093e270f2fa00d99d7bcdde60a410a3e9956b34196d42fee76"],
    ["event WithrawDelayTimeChange(uint256 _cur, uint256 _prev)",
     "0x08cb0bf599c925a6240976039d9d4d3201d88d2ba83703b890049356cdbb67e6"],
    ["event SetSignerUpdateThrottle(uint256 _n)",
     "0xe58685f6b78e6d567d2ed9d7c5efb779c4cd91c63c76763a0e3204a5671f4705"],
    ["event SetWhitelist(address _user, bool _yes)",
     "0xf6019ec0a78d156d249a1ec7579e2321f6ac7521d6e1d2eacf90ba4a184dcceb"],
    ["event SequencerRewardRecipientChanged(uint256 _seqId, address _recipient)",
     "0x357bb123cabaf224688e3d8de5feb37d685dc3a27012a7bce1201c49bc369cb6"],
    ["event SequencerOwnerChanged(uint256 _seqId, address _owner)",
     "0x4078101d3657bf2f1ee46f64d5c94266d244d71bb0daa460336d3d6f11c9a4ac"],
  ],
};

const errors = [
  ["OwnedSequencer()", "0x4e1fb3bc"],
  ["SignerExisted()", "0xb5013d2b"],
  ["NoSuchSeq()", "0x2f0edabe"],
  ["NullAddress()", "0xe99d5ac5"],
  ["SeqNotActive()", "0xc4946571"],
  ["NotSeqOwner()", "0xa91da8ff"],
  ["NotSeqSigner()", "0x6b95264b"],
  ["NoRewardRecipient()", "0xc4fc1dcc"],
  ["NotWhitelisted()", "0x584a7938"],
];

// Functions with their selector where it is on record.
const functions = {
  LockingPool: [
    ["function updateMpc(address)", "0xd11d0681"],
    ["function updateBlockReward(uint256)", "0xf580ffcb"],
    ["function setWhitelist(address,bool)", "0x53d6fd59"],
    ["function forceUnlock(uint256,uint32) payable", "0xca99e838"],
    ["function lockFor(address,uint256,bytes)", "0xaf70cba5"],
    ["function lockWithRewardRecipient(address,address,uint256,bytes)", "0x9ad42030"],
    ["function relock(uint256,uint256,bool)", "0x015bb180"],
    ["function withdraw(uint256,uint256)", "0x441a3e70"],
    ["function withdrawRewards(uint256,uint32) payable", "0x17396687"],
    ["function unlock(uint256,uint32) payable", "0x262c0e66"],
    ["function unlockClaim(uint256,uint32) payable", "0x8ddc74de"],
    ["function setSequencerRewardRecipient(uint256,address)", "0xd83b0e14"],
    ["function setSequencerOwner(uint256,address)", "0xa953791f"],
    ["function updateSigner(uint256,bytes)", "0xf41a9642"],
    ["function batchSubmitRewards(uint256,uint256,uint256,address[],uint256[])", "0x11c7d144"],
    ["function setPause(bool)"],
    ["function updateWithdrawDelayTimeValue(uint256)"],
    ["function setSignerUpdateThrottle(uint256)"],
    ["function initialize(address)"],
    ["function owner() view returns (address)"],
    ["function transferOwnership(address)"],
    ["function paused() view returns (bool)"],
    ["function escrow() view returns (address)"],
    ["function exitDelayPeriod() view returns (uint256)"],
    ["function rewardPerBlock() view returns (uint256)"],
    ["function mpcAddress() view returns (address)"],
    ["function curBatchState() view returns (uint256 id, uint256 number, uint256 startEpoch, " +
     "uint256 endEpoch)"],
    ["function signerUpdateThrottle() view returns (uint256)"],
    ["function currentBatch() view returns (uint256)"],
    ["function WITHDRAWAL_DELAY() view returns (uint256)"],
    ["function BLOCK_REWARD() view returns (uint256)"],
    ["function totalSequencers() view returns (uint256)"],
    ["function whitelist(address) view returns (bool)"],
    ["function sequencers(uint256) view returns (uint256 amount, uint256 reward, " +
     "uint256 activationBatch, uint256 updatedBatch, uint256 deactivationBatch, " +
     "uint256 deactivationTime, uint256 unlockClaimTime, uint256 nonce, address owner, " +
     "address signer, bytes pubkey, address rewardRecipient, uint8 status)", "0x6ba7ccff"],
    ["function seqOwners(address) view returns (uint256)"],
    ["function seqSigners(address) view returns (uint256)"],
    ["function seqStatuses(uint8) view returns (uint256)"],
  ],
  LockingInfo: [
    ["function bridge() view returns (address)"],
    ["function l1Token() view returns (address)"],
    ["function l2Token() view returns (address)"],
    ["function l2ChainId() view returns (uint256)"],
    ["function minLock() view returns (uint256)"],
    ["function maxLock() view returns (uint256)"],
    ["function totalLocked() view returns (uint256)"],
    ["function totalRewardsLiquidated() view returns (uint256)"],
    ["function manager() view returns (address)"],
    ["function rewardPayer() view returns (address)"],
    ["function owner() view returns (address)"],
    ["function initialize(address,address,address,uint256)"],
    ["function initManager(address)"],
    ["function setMinLock(uint256)"],
    ["function setMaxLock(uint256)"],
    ["function setRewardPayer(address)"],
    ["function newSequencer(uint256,address,address,uint256,uint256,bytes)"],
    ["function increaseLocked(uint256,uint256,address,uint256,uint256,uint256)"],
    ["function withdrawLocking(uint256,address,uint256,uint256,uint256)"],
    ["function initializeUnlock(uint256,uint256,uint32,(uint256,uint256,uint256,uint256,uint256," +
     "uint256,uint256,uint256,address,address,bytes,address,uint8)) payable"],
    ["function finalizeUnlock(address,uint256,uint256,uint256,address,uint32) payable"],
    ["function liquidateReward(uint256,uint256,address,uint32) payable"],
    ["function distributeReward(uint256,uint256)"],
    ["function logSignerChange(uint256,address,address,uint256,bytes)"],
  ],
  DevBridge: [
    ["function depositERC20ToByChainId(uint256,address,address,address,uint256,uint32,bytes) " +
     "payable"],
  ],
};

/** Names of arguments are the writer's own business, but not those of answers. */
const shape = (f) => [f.format("sighash"), f.stateMutability,
                      f.outputs.map((output) => output.format("full"))];

/** Throws at the first part of Metis's interface that ours lacks or has otherwise. */
export function check_interface(artefacts) {
  for (const [contract, list] of Object.entries(events)) {
    for (const [text, topic] of list) {
      const wanted = EventFragment.from(text);
      const got = artefacts[contract].interface.getEvent(topic);
      assert.ok(got, `${contract} lacks ${text}`);
      assert.equal(got.format("full"), wanted.format("full"));
    }
  }
  for (const [signature, selector] of errors) {
    assert.equal(artefacts.LockingPool.interface.getError(selector)?.format(), signature);
  }
  for (const [contract, list] of Object.entries(functions)) {
    for (const [text, selector] of list) {
      const wanted = FunctionFragment.from(text);
      const got = artefacts[contract].interface.getFunction(wanted.format("sighash"));
      assert.ok(got, `${contract} lacks ${text}`);
      assert.deepEqual(shape(got), shape(wanted));
      if (selector) assert.equal(got.selector, selector, text);
    }
  }
}
