#pragma once

#include <leasehold/adapters/csv.hpp>

namespace leasehold::detail {

// Throws config_value if delimiter and quote cannot be told from each other, from line ends or from text.
void check_csv_format(const CsvFormat& format);

}  // namespace leasehold::detail
