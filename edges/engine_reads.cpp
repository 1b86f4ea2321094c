#include "edges/engine_reads.hpp"

#include "edges/anvil_reads.hpp"

namespace horae {
namespace {

// geth's answers are what the others' are made to look like.
class GethReads : public EngineReads {
 public:
  explicit GethReads(const Endpoint& endpoint, const HttpOptions& options)
      : geth_(endpoint, options) {}
  RpcResult<boost::json::value> read(const std::string& method,
                                     const boost::json::array& params) override {
    return geth_.call(method, params);
  }
  void cancel() override { geth_.cancel(); }

 private:
  JsonRpcClient geth_;
};

}  // namespace

std::unique_ptr<EngineReads> engine_reads_at(const EngineAddress& address,
                                             const HttpOptions& options) {
  switch (address.dialect) {
    case EngineDialect::anvil:
      return std::make_unique<AnvilReads>(address.rpc, options);
    case EngineDialect::geth:
    case EngineDialect::engine_api:  // whose clients are geth's children, and answer as it does
      return std::make_unique<GethReads>(address.rpc, options);
  }
  stop("an engine of no dialect");
}

}  // namespace horae
