#include "node/http/browser.hpp"

#include <algorithm>
#include <boost/asio/ip/address.hpp>
#include <boost/beast/core/string.hpp>

namespace horae::rpc {
namespace {

using boost::beast::iequals;

bool is_ip(std::string_view host) {
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  boost::system::error_code none;
  boost::asio::ip::make_address(host, none);
  return !none;
}

bool lists(const std::vector<std::string>& names, std::string_view wanted) {
  return std::ranges::any_of(
      names, [&](const std::string& name) { return name == "*" || iequals(name, wanted); });
}

}  // namespace

bool serves_host(const std::vector<std::string>& names, std::string_view host) {
  if (host.empty() || is_ip(host)) return true;
  const auto colon = host.rfind(':');
  if (colon != host.npos) host = host.substr(0, colon);
  return is_ip(host) || iequals(host, "localhost") || lists(names, host);
}

bool allows_origin(const std::vector<std::string>& origins, std::string_view origin) {
  return !origin.empty() && lists(origins, origin);
}

bool is_json_type(std::string_view content_type) {
  auto type = content_type.substr(0, content_type.find(';'));
  while (type.ends_with(' ')) type.remove_suffix(1);
  return iequals(type, "application/json") || iequals(type, "application/json-rpc") ||
         iequals(type, "application/jsonrequest");
}

std::string_view path_of_target(std::string_view target) {
  for (const std::string_view scheme : {"http://", "https://"}) {
    if (!iequals(target.substr(0, scheme.size()), scheme)) continue;
    const auto slash = target.find('/', scheme.size());
    return slash == target.npos ? std::string_view("/") : target.substr(slash);
  }
  return target;
}

}  // namespace horae::rpc
