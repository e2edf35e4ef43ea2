#pragma once

// LEASEHOLD_MODEL_ASAN is defined if AddressSanitizer is on: g++ and clang tell it in different ways.

#if defined(__SANITIZE_ADDRESS__)
#define LEASEHOLD_MODEL_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define LEASEHOLD_MODEL_ASAN 1
#endif
#endif
