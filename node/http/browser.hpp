#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

// Whom a server answers, as browsers and proxies tell it: by Host, Origin and content type. The
// rules are geth's (--http.vhosts, --http.corsdomain), closed by default.
namespace horae::rpc {

/// Whether a server of these names answers a request with this Host header, port and case apart.
/// One without Host (HTTP/1.0) and an IP address are answered: what is kept out are web pages whose
/// name was made to point here (DNS rebinding), and their browsers send the name. "*" is every
/// name.
[[nodiscard]] bool serves_host(const std::vector<std::string>& names, std::string_view host);

/// Whether a page of this Origin may read answers. "*" is every one.
[[nodiscard]] bool allows_origin(const std::vector<std::string>& origins, std::string_view origin);

/// Whether a JSON-RPC request may have this Content-Type. A browser sends a page's POST of any
/// other type without asking first, so that those would be executed for whoever wrote the page.
[[nodiscard]] bool is_json_type(std::string_view content_type);

/// Path and query of a request's target, which a proxy may send in absolute form
/// (http://host/path).
[[nodiscard]] std::string_view path_of_target(std::string_view target);

}  // namespace horae::rpc
