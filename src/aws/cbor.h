// CBOR 1.1 as Kinesis speaks it, turned into its JSON and back.
//
// Operations know JSON only; what clients send in CBOR is carried over before they see it, and
// their answers are carried back.  The two forms differ in more than their bytes:
//
//            JSON                            CBOR (RFC 8949)
//   blob     base64 in a string              a byte string
//   time     seconds, with a fraction        tag 1 and whole milliseconds, which is not what the
//                                            RFC means by tag 1
//
// The service writes maps and arrays of indefinite length; those of a length given are read too.
#pragma once

#include "base/bytes.h"
#include "base/result.h"
#include "json/view.h"

#include <string>

namespace sluice::aws {

// The JSON of one CBOR value.  Numbers under a name that is a time's are milliseconds with the tag
// and without it; tags but 1 mean nothing; `undefined` is null.  Fault::invalid for anything but
// exactly one whole value of valid UTF-8, names that are no text, and more than 64 levels.
Result<std::string> json_of_cbor(ByteView cbor);

// The CBOR of an answer.  Members named Data are blobs; those whose name says that they are a time
// (ApproximateArrivalTimestamp, StreamCreationTimestamp, …) are times.
Bytes cbor_of_json(json::View value);

}  // namespace sluice::aws
