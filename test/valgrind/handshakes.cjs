// Handshakes in memory, of both versions, that succeed and that fail.
const assert = require('node:assert/strict');
const { BIO, Certificate, SSL, TLSClientContext, TLSServerContext } = require('bladessl');

const { certificate, privateKey } = Certificate.generate({ commonName: 'localhost' });

function shake(client, server) {
  for (let x = 0, y = 0; x !== 1 || y !== 1; ) {
    x = client.doHandshake();
    y = server.doHandshake();
  }
}

function round(version, trusted) {
  const serverContext = new TLSServerContext().useCertificate(certificate).usePrivateKey(privateKey);
  const clientContext = new TLSClientContext();
  if (trusted) clientContext.addCA(certificate);
  serverContext.alpnProtocols = clientContext.alpnProtocols = ['h2'];
  clientContext.maxVersion = version;
  const [clientEnd, serverEnd] = BIO.pair();
  const client = new SSL(clientContext).setBio(clientEnd);
  const server = new SSL(serverContext).setBio(serverEnd);
  client.hostname = client.verifyName = 'localhost';
  if (trusted) {
    shake(client, server);
    assert.equal(client.write('ping'), 4);
    assert.equal(server.read().toString(), 'ping');
    assert.equal(client.peerChain.length, 1);
    client.shutdown();
  } else {
    assert.throws(() => shake(client, server), { code: 'ERR_SSL_CERTIFICATE_VERIFY_FAILED' });
  }
  for (const object of [server, clientEnd, client, serverEnd, clientContext, serverContext]) object.free();
}

for (const version of ['TLSv1.2', 'TLSv1.3']) for (const trusted of [true, false]) round(version, trusted);
