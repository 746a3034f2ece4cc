// @ts-check
// What a server shows, trusted or not; and CommonJS.
//   node examples/inspect-server.cjs HOST:PORT
const { ConnectBIO, SSLBIO, SSL_VERIFY_NONE, TLSClientContext } = require('bladessl');

/** @param {string} target */
async function inspectServer(target) {
  const context = new TLSClientContext().loadDefaultTrust();
  context.setVerify(SSL_VERIFY_NONE); // go on with the handshake whatever the certificate is ...
  const chain = new SSLBIO(context).push(new ConnectBIO(target));
  await chain.handshake({ timeout: 10_000 });

  const { version, cipher, group, verifyResult, peerChain } = chain.ssl;
  console.log(`version  ${version}\ncipher   ${cipher?.name}\ngroup    ${group}`);
  for (const { subject, expirationDate } of peerChain)
    console.log(`chain    ${subject}, until ${expirationDate.toISOString()}`);
  console.log(`verdict  ${verifyResult.name}: ${verifyResult.message}`); // ... and say what is wrong with it
  chain.freeAll();
}

inspectServer(process.argv[2] ?? 'example.org:443');
