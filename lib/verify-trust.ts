// Whom one verification trusts.

import { readList } from './arguments';
import { certificateListOf } from './certificate-input';
import { nativeOf } from './handle';
import type { NativeCertificate, NativeTrust } from './native-certificate';
import { anchorsOf, findDefaultTrust, requireDirectory, requireDirectoryName } from './trust';

/** Trust for one verification. */
export function trustOf(trusted: unknown, directories: unknown): Omit<NativeTrust, 'crls'> {
  const paths =
    directories === undefined ? [] : readList(directories, 'options.directories', 'an array', readable);
  if (trusted === undefined || trusted === 'system' || trusted === 'node') {
    const source = findDefaultTrust(trusted ?? 'system');
    if (source.kind !== 'directories') return { trusted: [], anchors: anchorsOf(source), directories: paths };
    for (const path of source.paths) requireDirectory(path);
    return { trusted: [], anchors: undefined, directories: [...source.paths, ...paths] };
  }
  const list = certificateListOf(trusted, 'options.trusted');
  return { trusted: list.map(nativeOf<NativeCertificate>), anchors: undefined, directories: paths };
}

function readable(value: unknown, name: string): string {
  const path = requireDirectoryName(value, name);
  requireDirectory(path);
  return path;
}
