import { type Data, invalidValue, requireInteger, requireText, toData } from '../arguments';
import { BIO_NOCLOSE, type CloseFlag } from '../constants';
import { nativeOf, Wrapped } from '../handle';
import { BIO_f_buffer, BIO_s_fd, BIO_s_file, BIO_s_mem, BIO_s_null, BIO_s_socket } from '../methods';
import { native } from '../native';
import { BIO } from './bio';

/** A buffer in memory: what is written to it can be read from it (BIO_s_mem(3)). */
export class MemoryBIO extends BIO {
  /**
   * A buffer of its own, as large as need be.
   *
   * @param data what can be read to begin with; default: nothing.
   * @throws TypeError (ERR_INVALID_ARG_TYPE) when `data` is neither a string nor bytes.
   */
  constructor(data?: Data) {
    super(BIO_s_mem);
    if (data !== undefined) nativeOf(this).write(toData(data, 'data'));
  }

  /** No more will be written: an empty buffer reads as the end, not as would-block (BIO_set_mem_eof_return(3)). */
  end(): this {
    nativeOf(this).setMemEof(true);
    return this;
  }
}

/** A filter that gathers small writes and reads ahead (BIO_f_buffer(3)). `flush` sends what it has gathered. */
export class BufferBIO extends BIO {
  /**
   * A filter with a buffer for each direction.
   *
   * @param size of the two buffers in bytes; default: 4096, and less counts as that.
   * @throws RangeError (ERR_OUT_OF_RANGE). Stands on BIO_set_buffer_size(3).
   */
  constructor(size?: number) {
    super(BIO_f_buffer);
    if (size !== undefined) nativeOf(this).setBufferSize(requireInteger(size, 'size', 1, 2 ** 30));
  }
}

/** Takes everything and gives nothing (BIO_s_null(3)). */
export class NullBIO extends BIO {
  /** The same as `new BIO(BIO_s_null)`. */
  constructor() {
    super(BIO_s_null);
  }
}

/** A file (BIO_s_file(3)). Its calls block, as file I/O does. */
export class FileBIO extends BIO {
  /**
   * Opens a file.
   *
   * @param path of the file.
   * @param mode as of fopen(3): `r` (default), `w`, `a`, with `+` and `b`.
   * @throws SSLSyscallError `ENOENT` and so on. Stands on BIO_new_file(3).
   */
  constructor(path: string, mode: string = 'r') {
    const name = requireText(path, 'path');
    if (!/^[rwa](\+?b?|b\+)$/.test(requireText(mode, 'mode'))) {
      throw invalidValue('mode', "must be 'r', 'w' or 'a', with '+' and 'b'", mode);
    }
    super(BIO_s_file, new Wrapped(native.openFileBIO(name, mode)));
  }
}

/** A file descriptor, by read(2) and write(2) (BIO_s_fd(3)). */
export class FdBIO extends BIO {
  /**
   * Takes an open descriptor.
   *
   * @param close BIO_CLOSE: freeing the link closes it; BIO_NOCLOSE (default): it stays the caller's.
   * @throws RangeError (ERR_OUT_OF_RANGE) for what is no descriptor.
   */
  constructor(fd: number, close: CloseFlag = BIO_NOCLOSE) {
    super(BIO_s_fd);
    this.setFd(fd, close);
  }
}

/** A connected socket (BIO_s_socket(3)). */
export class SocketBIO extends BIO {
  /**
   * Takes an open descriptor.
   *
   * @param close BIO_CLOSE: freeing the link closes it; BIO_NOCLOSE (default): it stays the caller's.
   * @throws RangeError (ERR_OUT_OF_RANGE) for what is no descriptor.
   */
  constructor(fd: number, close: CloseFlag = BIO_NOCLOSE) {
    super(BIO_s_socket);
    this.setFd(fd, close);
  }
}
