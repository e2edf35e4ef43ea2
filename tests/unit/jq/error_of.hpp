#pragma once

#include <leasehold/error.hpp>

#include <string>

// What the call throws says; "no error" if it does not.
template <class Call>
std::string error_of(const Call& call) {
  try {
    call();
  } catch (const leasehold::Error& error) {
    return error.what();
  }
  return "no error";
}
