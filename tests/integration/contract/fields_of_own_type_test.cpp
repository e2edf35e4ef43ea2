// A field of a type that leasehold does not know, read by overloads beside that type.

#include <doctest/doctest.h>

#include <leasehold/config.hpp>

namespace shop {

struct Money {
  std::int64_t cents = 0;
};

bool read_field(const leasehold::detail::FieldInput& in, Money& money) {
  if (!in.value.is_number_integer()) {
    in.refuse(leasehold::errc::config_value, "an amount in cents is needed here");
    return false;
  }
  money.cents = in.value.get<std::int64_t>();
  return true;
}
nlohmann::json field_schema(const Money*) {
  return {{"type", "integer"}};
}
nlohmann::json write_field(const Money& money) {
  return money.cents;
}

struct Options {
  Money limit = {500};
  std::string name = "till";
};

}  // namespace shop

TEST_CASE("a field may be of a type of one's own") {
  const auto fields = leasehold::Fields<shop::Options>()
                          .field("limit", &shop::Options::limit, "most that is paid")
                          .field("name", &shop::Options::name, "of the till");
  CHECK(fields.read({{"limit", 700}}).limit.cents == 700);
  CHECK(fields.write({}).at("limit") == 500);
  CHECK(fields.schema().at("properties").at("limit").at("type") == "integer");
  CHECK_THROWS_AS(fields.read({{"limit", "much"}}), leasehold::ConfigError);
}
