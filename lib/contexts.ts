import * as methods from './methods';
import { SSLContext } from './ssl-context';

/** A context for either side of TLS: the SSL says which. */
export class TLSContext extends SSLContext {
  /** The same as `new SSLContext(TLS_method)`. */
  constructor() {
    super(methods.TLS_method);
  }
}

/** A context for TLS clients. It verifies the server. */
export class TLSClientContext extends SSLContext {
  /** The same as `new SSLContext(TLS_client_method)`. */
  constructor() {
    super(methods.TLS_client_method);
  }
}

/** A context for TLS servers. */
export class TLSServerContext extends SSLContext {
  /** The same as `new SSLContext(TLS_server_method)`. */
  constructor() {
    super(methods.TLS_server_method);
  }
}

/** The old name of TLSContext: the protocols are the same, SSLv2 and SSLv3 are gone from OpenSSL. */
export class SSLv23Context extends SSLContext {
  /** The same as `new SSLContext(SSLv23_method)`. */
  constructor() {
    super(methods.SSLv23_method);
  }
}

/** The old name of TLSClientContext. */
export class SSLv23ClientContext extends SSLContext {
  /** The same as `new SSLContext(SSLv23_client_method)`. */
  constructor() {
    super(methods.SSLv23_client_method);
  }
}

/** The old name of TLSServerContext. */
export class SSLv23ServerContext extends SSLContext {
  /** The same as `new SSLContext(SSLv23_server_method)`. */
  constructor() {
    super(methods.SSLv23_server_method);
  }
}
