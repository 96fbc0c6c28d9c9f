// Who owns everything here, as S3 names one; and how its documents are answered.
#pragma once

#include "net/http.h"
#include "s3/xml.h"

#include <string>
#include <utility>

namespace sluice::server {

inline s3::Owner owner() {
  return {"sluice", "sluice"};
}

inline net::HttpResponse xml_response(std::string document) {
  return net::make_response(200, s3::xml_content_type, std::move(document));
}

}  // namespace sluice::server
