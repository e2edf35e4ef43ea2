// GET /v1/countries/{alpha2}: facts made up from the code, the same every time.

#include <array>
#include <cctype>
#include <standin/routes.hpp>

namespace leasehold::standin {

namespace {

unsigned hash_of(const std::string& text) {
  unsigned hash = 2166136261U;
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 16777619U;
  return hash;
}

nlohmann::json facts_about(const std::string& code) {
  constexpr std::array currencies = {"EUR", "USD", "GBP", "JPY", "CHF", "XAF", "XCD", "NOK"};
  constexpr std::array regions = {"Africa", "Americas", "Asia", "Europe", "Oceania"};
  const unsigned hash = hash_of(code);
  return {{"alpha_2", code},
          {"calling_code", "+" + std::to_string(1 + hash % 998)},
          {"currency", currencies[hash / 1000 % currencies.size()]},
          {"region", regions[hash / 10'000 % regions.size()]},
          {"population", 10'000 + hash % 90'000'000}};
}

}  // namespace

void add_countries(Routes& routes) {
  routes.get("/v1/countries/([^/]+)", [](const auto& request, auto& response) {
    const std::string code = request.matches[1];
    if (code.size() != 2 || !std::isupper(static_cast<unsigned char>(code[0])) ||
        !std::isupper(static_cast<unsigned char>(code[1])))
      return answer_json(response, 404, {{"error", "no such country"}});
    answer_json(response, 200, facts_about(code));
  });
}

}  // namespace leasehold::standin
