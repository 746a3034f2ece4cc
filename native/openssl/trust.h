// Whom to trust: certificates, CRLs, and directories of both.
#pragma once

#include <memory>
#include <set>
#include <string>
#include <vector>

#include "native/openssl/handle.h"

namespace bladessl::openssl {

// Certificates that many share, such as the system's: sorted by subject, and never changed, so that
// any number of stores may look into them on any thread. A store takes from them what it is asked
// for, which costs nothing when it is made and lets nobody change what another one finds.
class Anchors {
 public:
  explicit Anchors(const std::vector<X509*>& certificates);

  std::size_t size() const { return certificates_.size(); }
  // For getPointer() of the object in JS.
  const void* get() const { return this; }
  const std::vector<X509Handle>& certificates() const { return certificates_; }
  // Adds those with this subject to the store; the first of them, or null.
  X509* AddNamed(const X509_NAME* subject, X509_STORE* store) const;

 private:
  std::vector<X509Handle> certificates_;
};

// A value: who changes it makes another one.
class Trust {
 public:
  void Add(X509* certificate);
  void Add(std::shared_ptr<const Anchors> anchors);
  void Add(X509_CRL* crl);
  void AddDirectory(const std::string& path);
  bool has_crls() const { return !crls_.empty(); }

  StoreHandle NewStore() const;
  // The same for the same content.
  std::string Digest() const;

 private:
  struct ByContent {
    bool operator()(const std::shared_ptr<X509>& one, const std::shared_ptr<X509>& other) const {
      return X509_cmp(one.get(), other.get()) < 0;
    }
  };

  std::set<std::shared_ptr<X509>, ByContent> certificates_;
  std::vector<std::shared_ptr<const Anchors>> anchors_;
  std::vector<std::shared_ptr<X509_CRL>> crls_;
  std::vector<std::string> directories_;
};

}  // namespace bladessl::openssl
