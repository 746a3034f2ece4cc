// Chains that are freed in every order, with an SSL in them, in the middle of a handshake and after it.
const {
  BIO,
  BufferBIO,
  Certificate,
  MemoryBIO,
  SSLBIO,
  TLSClientContext,
  TLSServerContext,
} = require('bladessl');

const { certificate, privateKey } = Certificate.generate({ commonName: 'localhost' });
const serverContext = new TLSServerContext().useCertificate(certificate).usePrivateKey(privateKey);
const clientContext = new TLSClientContext().addCA(certificate);

function orders(items) {
  if (items.length <= 1) return [items];
  return items.flatMap((item, at) =>
    orders(items.filter((_, other) => other !== at)).map((rest) => [item, ...rest]),
  );
}

for (const steps of [0, 1, 8]) {
  for (const order of orders([0, 1, 2])) {
    const [near, far] = BIO.pair();
    const links = [new SSLBIO(clientContext), new BufferBIO(), near];
    links[0].ssl.verifyName = 'localhost';
    const client = links[0].push(links[1]).push(links[2]);
    const server = new SSLBIO(serverContext).push(far);
    for (let step = 0; step < steps; step++) {
      client.doHandshake();
      client.flush();
      server.doHandshake();
    }
    for (const at of order) links[at].free();
    server.freeAll();
  }
}

const memory = new MemoryBIO('left behind');
new BufferBIO().push(memory);
memory.pop();
