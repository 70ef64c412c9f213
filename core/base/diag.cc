#include "core/base/diag.h"

namespace dosql {

std::string Words(std::initializer_list<std::string_view> parts) {
  std::string all;
  for (std::string_view part : parts) all += part;
  return all;
}

}  // namespace dosql
