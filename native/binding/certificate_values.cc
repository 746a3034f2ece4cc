#include "native/binding/certificate_values.h"

namespace bladessl::binding {

Napi::Value ToJs(Napi::Env env, const openssl::ObjectNames& names) {
  Napi::Object object = Napi::Object::New(env);
  object.Set("oid", names.oid);
  object.Set("name", names.name);
  return object;
}

Napi::Value ToJs(Napi::Env env, const openssl::NameAttribute& attribute) {
  Napi::Object object = Napi::Object::New(env);
  object.Set("name", attribute.type.name);
  object.Set("oid", attribute.type.oid);
  object.Set("value", attribute.value);
  return object;
}

Napi::Value ToJs(Napi::Env env, const openssl::Name& name) {
  Napi::Object object = Napi::Object::New(env);
  object.Set("text", name.text);
  object.Set("rdns", ToJs(env, name.rdns));
  return object;
}

Napi::Value ToJs(Napi::Env env, const openssl::GeneralName& name) {
  using Kind = openssl::GeneralName::Kind;
  Napi::Object object = Napi::Object::New(env);
  object.Set("type", name.type);
  switch (name.kind) {
    case Kind::kText:
      object.Set("value", ToJs(env, name.text));
      break;
    case Kind::kDirectory:
      object.Set("value", ToJs(env, name.directory));
      break;
    case Kind::kOther:
      object.Set("oid", name.oid);
      object.Set("value", BytesToJs(env, name.der));
      if (name.text) object.Set("text", *name.text);
      break;
    case Kind::kUnknown:
      object.Set("tag", name.tag);
      object.Set("value", BytesToJs(env, name.der));
      break;
  }
  return object;
}

Napi::Value ToJs(Napi::Env env, const openssl::Extension& extension) {
  Napi::Object object = Napi::Object::New(env);
  object.Set("oid", extension.type.oid);
  object.Set("name", extension.type.name);
  object.Set("critical", extension.critical);
  object.Set("value", BytesToJs(env, extension.value));
  return object;
}

Napi::Value ToJs(Napi::Env env, const openssl::BasicConstraints& constraints) {
  Napi::Object object = Napi::Object::New(env);
  object.Set("ca", constraints.ca);
  object.Set("pathLength", ToJs(env, constraints.path_length));
  return object;
}

Napi::Value ToJs(Napi::Env env, const openssl::AuthorityKeyId& key_id) {
  Napi::Object object = Napi::Object::New(env);
  object.Set("keyId", BytesToJs(env, key_id.key_id));
  object.Set("issuer", ToJs(env, key_id.issuer));
  object.Set("serialNumber", ToJs(env, key_id.serial_number));
  return object;
}

Napi::Value ToJs(Napi::Env env, const openssl::InformationAccess& access) {
  Napi::Object object = Napi::Object::New(env);
  object.Set("ocsp", ToJs(env, access.ocsp));
  object.Set("caIssuers", ToJs(env, access.ca_issuers));
  return object;
}

Napi::Value ToJs(Napi::Env env, const openssl::NameConstraints& constraints) {
  Napi::Object object = Napi::Object::New(env);
  object.Set("permitted", ToJs(env, constraints.permitted));
  object.Set("excluded", ToJs(env, constraints.excluded));
  return object;
}

Napi::Value ToJs(Napi::Env env, const openssl::PublicKey& key) {
  Napi::Object object = Napi::Object::New(env);
  object.Set("algorithm", key.algorithm);
  object.Set("bits", ToJs(env, key.bits));
  object.Set("curve", ToJs(env, key.curve));
  return object;
}

Napi::Value ToJs(Napi::Env env, const openssl::Signature& signature) {
  Napi::Object object = Napi::Object::New(env);
  object.Set("algorithm", signature.algorithm);
  object.Set("value", BytesToJs(env, signature.value));
  return object;
}

}  // namespace bladessl::binding
