// Rows about names: host names, wildcards, addresses, e-mail.

import type { CertificateName } from './recipes';
import type { Row } from './row';

const mismatch = 'HOSTNAME_MISMATCH@0';
const noEmail = 'a connection has no e-mail address to ask for';

const partial = {
  why: 'a wildcard stands for a whole label here; the command has no option for that',
  command: [],
};

function host(leaf: CertificateName, name: string, ...faults: Row['faults']): Row {
  return { name: `${leaf}: ${name}`, leaf, host: name, faults };
}

function address(leaf: CertificateName, ip: string, ...faults: Row['faults']): Row {
  return { name: `${leaf}: ${ip}`, leaf, ip, faults };
}

function email(leaf: CertificateName, to: string, ...faults: Row['faults']): Row {
  return { name: `${leaf}: ${to}`, leaf, email: to, purpose: 'any', faults, offline: noEmail };
}

export const nameRows: readonly Row[] = [
  host('good', 'www.example.org'),
  host('good', 'WWW.Example.ORG'),
  {
    ...host('good', 'www.example.org.'),
    differs: {
      why: "the root's dot is no part of a name in a certificate; the command looks for what it is given",
      command: [mismatch],
    },
  },
  host('good', 'example.org', mismatch),
  host('good', 'other.example.org', mismatch),
  host('good', 'www.example.org.evil.example', mismatch),
  host('good', 'leaf', mismatch),
  host('several', 'a.example.org'),
  host('several', 'www.example.org'),
  host('several', 'c.example.org', mismatch),

  host('wildcard', 'www.example.org'),
  host('wildcard', 'WWW.EXAMPLE.ORG'),
  host('wildcard', 'xn--bcher-kva.example.org'),
  host('wildcard', 'example.org', mismatch),
  host('wildcard', 'a.b.example.org', mismatch),
  host('wildcard', 'wwwexample.org', mismatch),
  { ...host('wildcardPartial', 'foo.example.org', mismatch), differs: partial },
  host('wildcardPartial', 'bar.example.org', mismatch),
  host('wildcardTwice', 'a.b.example.org', mismatch),
  host('wildcardInside', 'a.example.org', mismatch),
  host('wildcardTop', 'example.org', mismatch),
  host('wildcardAlone', 'localhost', mismatch),
  host('wildcardAlone', 'example.org', mismatch),
  host('wildcardIdn', 'www.bücher.example'),
  host('wildcardIdn', 'bücher.example', mismatch),
  host('wildcardInIdn', 'xn--bcher-kva.example.org', mismatch),
  host('idn', 'bücher.example'),
  host('idn', 'xn--bcher-kva.example'),
  host('idn', 'bucher.example', mismatch),
  host('dotBefore', 'www.example.org', mismatch),
  host('dotAfter', 'www.example.org', mismatch),
  host('withNul', 'www.example.org', mismatch),
  host('endsInNul', 'www.example.org', mismatch),
  host('empty', 'www.example.org', mismatch),

  host('commonName', 'www.example.org'),
  host('commonName', 'example.org', mismatch),
  host('commonNames', 'www.example.org'),
  host('commonNames', 'a.example.org'),
  host('commonNameWildcard', 'www.example.org'),
  host('commonNameBeside', 'www.example.org', mismatch),
  host('commonNameBeside', 'other.example.org'),
  host('commonNameBesideEmail', 'www.example.org'),
  host('commonNameBesideAddress', 'www.example.org'),

  address('addresses', '192.0.2.1'),
  address('addresses', '192.0.2.2', 'IP_ADDRESS_MISMATCH@0'),
  address('addresses', '2001:db8::1'),
  address('addresses', '2001:0DB8:0:0:0:0:0:1'),
  address('addresses', '2001:db8::2', 'IP_ADDRESS_MISMATCH@0'),
  address('addresses', '::ffff:192.0.2.1', 'IP_ADDRESS_MISMATCH@0'),
  address('addressAsName', '192.0.2.1', 'IP_ADDRESS_MISMATCH@0'),
  address('addressShort', '192.0.2.0', 'IP_ADDRESS_MISMATCH@0'),
  address('addressInCommonName', '192.0.2.1', 'IP_ADDRESS_MISMATCH@0'),
  address('good', '192.0.2.1', 'IP_ADDRESS_MISMATCH@0'),

  email('email', 'Me@example.org'),
  email('email', 'Me@EXAMPLE.org'),
  email('email', 'me@example.org', 'EMAIL_MISMATCH@0'),
  email('email', 'you@example.org', 'EMAIL_MISMATCH@0'),
  email('emailInSubject', 'Me@example.org'),
  email('emailInSubject', 'you@example.org', 'EMAIL_MISMATCH@0'),
  email('good', 'Me@example.org', 'EMAIL_MISMATCH@0'),

  {
    name: 'another name, and another address',
    leaf: 'addresses',
    host: 'www.example.org',
    ip: '192.0.2.2',
    faults: ['HOSTNAME_MISMATCH@0', 'IP_ADDRESS_MISMATCH@0'],
  },
  {
    name: 'another name, and an expired certificate',
    leaf: 'expired',
    host: 'other.example.org',
    faults: [mismatch, 'CERT_HAS_EXPIRED@0'],
  },
];
