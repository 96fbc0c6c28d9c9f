// An S3 in memory, for tests of the client: checks signatures and digests, keeps objects and
// uploads, and fails where it is told to.
#pragma once

#include "aws/sigv4.h"
#include "aws/uri.h"
#include "base/base64.h"
#include "base/check.h"
#include "base/clock.h"
#include "base/digest.h"
#include "net/http.h"
#include "net/http_client.h"

#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sluice::s3 {

// Thread-safe, but for what tests set beforehand.
class RemoteForTest {
 public:
  using Answer = Result<net::HttpResponse>;

  struct Asked {
    std::string line;  // "PUT /bucket/key?partNumber=1&uploadId=u1"
    net::HttpHeaders headers;
    Bytes body;
  };

  struct Stored {
    Bytes bytes;
    net::HttpHeaders headers;
  };

  explicit RemoteForTest(const Clock& clock) : clock_(clock) { buckets.insert("landing"); }

  // Set: answers in place of the store, which then does nothing.
  std::function<std::optional<Answer>(const Asked& asked)> instead;

  // Set: answers in place of the store, which has done what it was asked for.
  std::function<std::optional<Answer>(const Asked& asked)> afterwards;

  std::set<std::string> buckets;                        // by name
  std::map<std::string, Stored> objects;                // by "/bucket/key", as in the address
  std::map<std::string, std::map<int, Bytes>> uploads;  // by id: parts
  std::vector<Asked> asked;                             // in order

  Answer operator()(const net::HttpClientRequest& request) {
    if (request.is_stopped && request.is_stopped()) {
      return fail(Fault::cancelled, "stopped");
    }
    Asked call;
    const std::size_t host = request.url.find("://") + 3;
    const std::string target = request.url.substr(request.url.find('/', host));
    call.line = request.method + " " + target;
    call.headers = request.headers;
    call.body = request.body;
    if (request.file) {
      SLUICE_CHECK(request.file->file
                       ->read_at(request.file->offset,
                                 static_cast<std::size_t>(request.file->length),
                                 call.body)
                       .has_value());
    }
    const std::lock_guard lock(mutex_);
    asked.push_back(call);
    if (instead) {
      if (auto answer = instead(call)) {
        return *std::move(answer);
      }
    }
    Answer answer = serve(request.method, target, call);
    if (afterwards) {
      if (auto other = afterwards(call)) {
        return *std::move(other);
      }
    }
    return answer;
  }

  std::vector<std::string> lines() const {
    std::vector<std::string> out;
    for (const Asked& call : asked) {
      out.push_back(call.line);
    }
    return out;
  }

  static net::HttpResponse error(int status, std::string_view code, std::string_view more = {}) {
    return net::make_response(status,
                              "application/xml",
                              "<Error><Code>" + std::string(code) +
                                  "</Code><Message>so it is</Message><RequestId>4F</RequestId>" +
                                  std::string(more) + "</Error>");
  }

 private:
  Answer serve(const std::string& method, const std::string& target, const Asked& call) {
    const std::size_t mark = target.find('?');
    const std::string path = target.substr(0, mark);
    const std::string query = mark == std::string::npos ? "" : target.substr(mark + 1);
    if (auto wrong = check(method, path, query, call)) {
      return *std::move(wrong);
    }
    if (!buckets.contains(path.substr(1, path.find('/', 1) - 1))) {
      return error(404, "NoSuchBucket");
    }
    std::map<std::string, std::string> parameters;
    const auto parsed = aws::parse_query(query);
    for (const auto& [name, value] : *parsed) {
      parameters.emplace(name, value);
    }
    return parameters.empty() ? serve_object(method, path, call)
                              : serve_upload(method, path, parameters, call);
  }

  std::optional<net::HttpResponse> check(std::string_view method,
                                         std::string_view path,
                                         std::string_view query,
                                         const Asked& call) const {
    std::vector<aws::Header> headers;
    for (const net::HttpHeader header : call.headers) {
      headers.emplace_back(header.name, header.value);
    }
    const aws::RequestParts parts{method, path, query, headers};
    const aws::Verifier verifier(
        [](std::string_view id) {
          return id == "AKID" ? std::optional(aws::Credentials{"AKID", "secret", {}})
                              : std::nullopt;
        },
        "eu-west-1");
    const auto head = verifier.check_head(parts, "s3", clock_.now());
    if (!head) {
      return error(403,
                   head.error().fault == aws::AuthFault::unknown_key ? "InvalidAccessKeyId"
                                                                     : "SignatureDoesNotMatch");
    }
    if (!verifier.check_body(*head, parts, to_hex(sha256(call.body)))) {
      return error(400, "XAmzContentSHA256Mismatch");
    }
    const auto declared = call.headers.find("Content-MD5");
    const Md5Digest digest = md5(call.body);
    if (declared && *declared != base64_encode(Bytes(digest.begin(), digest.end()))) {
      return error(400, "BadDigest");
    }
    return std::nullopt;
  }

  Answer serve_object(const std::string& method, const std::string& path, const Asked& call) {
    const auto known = objects.find(path);
    if (method == "PUT") {
      if (known != objects.end() && call.headers.contains("If-None-Match")) {
        return error(412, "PreconditionFailed");
      }
      objects[path] = {call.body, call.headers};
      return net::make_response(200, "", "");
    }
    if (known == objects.end()) {
      return net::make_response(404, "", "");
    }
    net::HttpResponse answer = net::make_response(200, "", "");
    answer.headers.add("Content-Length", std::to_string(known->second.bytes.size()));
    answer.headers.add("ETag", "\"" + to_hex(md5(known->second.bytes)) + "\"");
    for (const net::HttpHeader header : known->second.headers) {
      if (header.name.starts_with("x-amz-meta-")) {
        answer.headers.add("X-Amz-Meta-" + std::string(header.name.substr(11)), header.value);
      }
    }
    return answer;
  }

  Answer serve_upload(const std::string& method,
                      const std::string& path,
                      std::map<std::string, std::string>& parameters,
                      const Asked& call) {
    if (method == "GET") {
      return list_uploads(parameters["prefix"]);
    }
    if (parameters.contains("uploads")) {
      const std::string id = "u+" + std::to_string(++last_upload_);
      uploads[id] = {};
      opened_[id] = {path, call.headers};
      return net::make_response(200,
                                "application/xml",
                                "<InitiateMultipartUploadResult><UploadId>" + id +
                                    "</UploadId></InitiateMultipartUploadResult>");
    }
    const auto upload = uploads.find(parameters["uploadId"]);
    if (upload == uploads.end()) {
      return error(404, "NoSuchUpload");
    }
    net::HttpResponse answer = net::make_response(200, "", "");
    if (method == "PUT") {
      upload->second[std::stoi(parameters["partNumber"])] = call.body;
      answer.headers.add("ETag", "\"" + to_hex(md5(call.body)) + "\"");
      return answer;
    }
    if (method == "POST") {
      Bytes whole;
      for (const auto& [number, bytes] : upload->second) {
        SLUICE_CHECK(call.body.contains("<PartNumber>" + std::to_string(number) +
                                        "</PartNumber><ETag>&quot;" + to_hex(md5(bytes)) +
                                        "&quot;</ETag>"));
        whole += bytes;
      }
      objects[path] = {whole, opened_[upload->first].second};
    }
    uploads.erase(upload);
    return answer;
  }

  net::HttpResponse list_uploads(const std::string& prefix) const {
    std::string body = "<ListMultipartUploadsResult>";
    for (const auto& [id, parts] : uploads) {
      const std::string key =
          aws::percent_decode(opened_.at(id).first.substr(std::string("/landing/").size()))
              .value_or("");
      if (key.starts_with(prefix)) {
        body += "<Upload><Key>" + key + "</Key><UploadId>" + id + "</UploadId></Upload>";
      }
    }
    return net::make_response(200, "application/xml", body + "</ListMultipartUploadsResult>");
  }

  const Clock& clock_;
  std::mutex mutex_;
  int last_upload_ = 0;
  std::map<std::string, std::pair<std::string, net::HttpHeaders>> opened_;  // by id: path, headers
};

}  // namespace sluice::s3
