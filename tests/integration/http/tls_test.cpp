#include "fixture.hpp"

#include <doctest/doctest.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>

using namespace leasehold;

namespace {

// A self-signed certificate for 127.0.0.1, in a directory that goes with it.
class Certificate {
 public:
  Certificate() {
    const std::string command =
        "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 "
        "-subj /CN=leasehold-test -addext subjectAltName=IP:127.0.0.1 -keyout " +
        key() + " -out " + file() + " 2>/dev/null";
    REQUIRE(std::system(command.c_str()) == 0);
  }
  ~Certificate() { std::filesystem::remove_all(directory_); }
  Certificate(const Certificate&) = delete;
  Certificate& operator=(const Certificate&) = delete;

  std::string file() const { return directory_ + "/certificate.pem"; }
  std::string key() const { return directory_ + "/key.pem"; }

 private:
  static std::string make_directory() {
    std::string name = std::filesystem::temp_directory_path() / "leasehold-tls-XXXXXX";
    REQUIRE(::mkdtemp(name.data()) != nullptr);
    return name;
  }
  std::string directory_ = make_directory();
};

}  // namespace

TEST_CASE("a certificate is trusted when its authority is, and only for its host") {
  const Certificate certificate;
  standin::Server server({.certificate = certificate.file(), .key = certificate.key()});

  HttpOptions options = options_for(server.url());
  const std::string error = Calls(options).error_of("get", {{"path", "/echo"}});
  CHECK(error.starts_with("http.tls: GET /echo: SSL certificate problem: self-signed certificate"));
  CHECK(error.ends_with("; name the authority that signed the certificate in ca_file"));
  CHECK(server.requests().empty());

  options.ca_file = certificate.file();
  CHECK(Calls(options)("get", {{"path", "/echo"}})["status"] == 200);

  options.base_url = "https://localhost:" + std::to_string(server.port());  // not what the certificate names
  CHECK(Calls(options).error_of("get", {{"path", "/echo"}}).starts_with("http.tls: GET /echo: SSL: "));

  options.verify_tls = false;
  CHECK(Calls(options)("get", {{"path", "/echo"}})["status"] == 200);

  options.verify_tls = true;
  options.ca_file = "/nowhere/ca.pem";
  CHECK(Calls(options).error_of("get", {{"path", "/echo"}}).starts_with("http.tls: GET /echo: "));
}
