#include "native/openssl/trust.h"

#include <algorithm>
#include <array>

#include "native/openssl/crl_rules.h"
#include "native/openssl/error.h"

namespace bladessl::openssl {

namespace {

// How a store asks anchors for what it has not got.

using SharedAnchors = std::shared_ptr<const Anchors>;

SharedAnchors* AnchorsOf(X509_LOOKUP* lookup) {
  return static_cast<SharedAnchors*>(X509_LOOKUP_get_method_data(lookup));
}

void FreeLookup(X509_LOOKUP* lookup) {
  delete AnchorsOf(lookup);
}

int FindBySubject(X509_LOOKUP* lookup, X509_LOOKUP_TYPE type, const X509_NAME* name,
                  X509_OBJECT* found) {
  const SharedAnchors* anchors = AnchorsOf(lookup);
  if (type != X509_LU_X509 || anchors == nullptr) return 0;
  X509* first = (*anchors)->AddNamed(name, X509_LOOKUP_get_store(lookup));
  if (first == nullptr || X509_OBJECT_set1_X509(found, first) != 1) return 0;
  // The caller takes a reference of its own, and never gives this one back.
  X509_free(first);
  return 1;
}

X509_LOOKUP_METHOD* NewLookupMethod() {
  X509_LOOKUP_METHOD* method = Check(X509_LOOKUP_meth_new("anchors"), "X509_LOOKUP_meth_new");
  Check(X509_LOOKUP_meth_set_get_by_subject(method, FindBySubject), "a lookup method");
  Check(X509_LOOKUP_meth_set_free(method, FreeLookup), "a lookup method");
  return method;
}

// Stores of other threads may use it until the process ends.
X509_LOOKUP_METHOD* LookupMethod() {
  static X509_LOOKUP_METHOD* const method = NewLookupMethod();
  return method;
}

// A store keeps one lookup for each method, so that all anchors share it.
void LookInto(X509_STORE* store, SharedAnchors anchors) {
  X509_LOOKUP* lookup =
      Check(X509_STORE_add_lookup(store, LookupMethod()), "X509_STORE_add_lookup");
  auto data = std::make_unique<SharedAnchors>(std::move(anchors));
  Check(X509_LOOKUP_set_method_data(lookup, data.get()), "X509_LOOKUP_set_method_data");
  (void)data.release();  // the lookup frees it
}

bool IsBefore(const X509Handle& one, const X509Handle& other) {
  const int names =
      X509_NAME_cmp(X509_get_subject_name(one.get()), X509_get_subject_name(other.get()));
  return names != 0 ? names < 0 : X509_cmp(one.get(), other.get()) < 0;
}

bool IsSame(const X509Handle& one, const X509Handle& other) {
  return X509_cmp(one.get(), other.get()) == 0;
}

struct BySubject {
  bool operator()(const X509Handle& one, const X509_NAME* name) const {
    return X509_NAME_cmp(X509_get_subject_name(one.get()), name) < 0;
  }
  bool operator()(const X509_NAME* name, const X509Handle& one) const {
    return X509_NAME_cmp(name, X509_get_subject_name(one.get())) < 0;
  }
};

std::vector<X509*> CertificatesOf(const std::vector<std::shared_ptr<const Anchors>>& sets) {
  std::vector<X509*> all;
  for (const auto& set : sets) {
    for (const X509Handle& certificate : set->certificates()) all.push_back(certificate.get());
  }
  return all;
}

}  // namespace

Anchors::Anchors(const std::vector<X509*>& certificates) {
  const QueueGuard guard;
  for (X509* certificate : certificates) {
    (void)X509_check_purpose(certificate, -1, 0);  // what it finds is kept: later it only reads
    certificates_.push_back(Share(certificate));
  }
  std::sort(certificates_.begin(), certificates_.end(), IsBefore);
  certificates_.erase(std::unique(certificates_.begin(), certificates_.end(), IsSame),
                      certificates_.end());
}

X509* Anchors::AddNamed(const X509_NAME* subject, X509_STORE* store) const {
  const auto [begin, end] =
      std::equal_range(certificates_.begin(), certificates_.end(), subject, BySubject());
  for (auto next = begin; next != end; ++next) {
    if (X509_STORE_add_cert(store, next->get()) != 1) return nullptr;
  }
  return begin == end ? nullptr : begin->get();
}

std::string Trust::Digest() const {
  std::set<std::string> parts(directories_.begin(), directories_.end());
  const auto add = [&parts](const auto& item, auto digest_of) {
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned int size = 0;
    Check(digest_of(item.get(), EVP_sha256(), digest.data(), &size), "X509_digest");
    parts.emplace(reinterpret_cast<const char*>(digest.data()), size);
  };
  for (const auto& certificate : certificates_) add(certificate, X509_digest);
  for (const auto& crl : crls_) add(crl, X509_CRL_digest);
  for (const auto& set : anchors_) {
    for (const X509Handle& certificate : set->certificates()) add(certificate, X509_digest);
  }
  std::string all;
  for (const std::string& part : parts) all += std::to_string(part.size()) + ' ' + part;
  return all;
}

void Trust::Add(X509* certificate) {
  certificates_.emplace(Share(certificate));
}

void Trust::Add(std::shared_ptr<const Anchors> anchors) {
  if (std::find(anchors_.begin(), anchors_.end(), anchors) == anchors_.end()) {
    anchors_.push_back(std::move(anchors));
  }
}

void Trust::Add(X509_CRL* crl) {
  crls_.emplace_back(Share(crl));
}

void Trust::AddDirectory(const std::string& path) {
  if (std::find(directories_.begin(), directories_.end(), path) == directories_.end()) {
    directories_.push_back(path);
  }
}

StoreHandle Trust::NewStore() const {
  StoreHandle store(Check(X509_STORE_new(), "X509_STORE_new"));
  // Several sets are joined: a store asks one lookup of a kind only.
  std::shared_ptr<const Anchors> anchors;
  if (anchors_.size() == 1) anchors = anchors_.front();
  if (anchors_.size() > 1) anchors = std::make_shared<Anchors>(CertificatesOf(anchors_));
  if (anchors) LookInto(store.get(), anchors);
  for (const auto& certificate : certificates_) {
    Check(X509_STORE_add_cert(store.get(), certificate.get()), "X509_STORE_add_cert");
    // A store that has one of a name asks nobody for others of it.
    if (anchors) (void)anchors->AddNamed(X509_get_subject_name(certificate.get()), store.get());
  }
  for (const auto& crl : crls_) {
    Check(X509_STORE_add_crl(store.get(), crl.get()), "X509_STORE_add_crl");
  }
  for (const auto& directory : directories_) {
    Check(X509_STORE_load_path(store.get(), directory.c_str()), "X509_STORE_load_path");
  }
  KeepCrlRules(store.get());
  return store;
}

}  // namespace bladessl::openssl
