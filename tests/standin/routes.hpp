#pragma once

// What the parts of the stand-in share.

#include <httplib.h>
#include <functional>
#include <nlohmann/json.hpp>
#include <string>

namespace leasehold::standin {

using Handler = std::function<void(const httplib::Request&, httplib::Response&)>;

class Routes {
 public:
  virtual ~Routes() = default;
  virtual void get(const std::string& pattern, Handler) = 0;  // HEAD too
  virtual void post(const std::string& pattern, Handler) = 0;
  virtual void any(const std::string& pattern, Handler) = 0;  // GET HEAD POST PUT PATCH DELETE
  // Blocks for that long or until the server stops; false: it stops.
  virtual bool pause(std::chrono::milliseconds) = 0;
};

void add_behaviours(Routes&);
void add_countries(Routes&);
void add_models(Routes&);

inline void answer_json(httplib::Response& response, int status, const nlohmann::json& body) {
  response.status = status;
  response.set_content(body.dump(), "application/json");
}

inline int number_of(const httplib::Request& request, const char* name, int otherwise) {
  return request.has_param(name) ? std::stoi(request.get_param_value(name)) : otherwise;
}

}  // namespace leasehold::standin
