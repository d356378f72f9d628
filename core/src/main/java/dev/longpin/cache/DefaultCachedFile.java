package dev.longpin.cache;

import dev.longpin.api.Access;
import dev.longpin.api.FileClosedException;
import dev.longpin.api.Holder;
import dev.longpin.api.HolderInfo;
import dev.longpin.api.IntervalNotifier;
import dev.longpin.api.InvalidationHandler;
import dev.longpin.api.LongpinException;
import dev.longpin.api.LongtermPin;
import dev.longpin.api.OpenMode;
import dev.longpin.api.Pin;
import dev.longpin.api.PinQueue;
import dev.longpin.api.PinRefusedException;
import dev.longpin.api.PinRefusedException.Reason;
import dev.longpin.api.RangeMark;
import dev.longpin.api.RevocationHandler;
import dev.longpin.api.StoreException;
import dev.longpin.api.UnmapOperation;
import dev.longpin.api.UnmapResult;
import dev.longpin.api.Unmapping;
import dev.longpin.api.View;
import dev.longpin.api.WritebackException;
import dev.longpin.api.WritebackGate;
import dev.longpin.base.Checks;
import dev.longpin.base.Deadline;
import dev.longpin.base.LongCell;
import dev.longpin.mm.CoreMm;
import dev.longpin.mm.Cut;
import dev.longpin.mm.Cuts;
import dev.longpin.mm.Force;
import dev.longpin.mm.GetUserPages;
import dev.longpin.mm.Operation;
import dev.longpin.page.AddressSpace;
import dev.longpin.page.Frames;
import dev.longpin.page.PageWord;
import dev.longpin.revoke.ShortPinLedger;
import dev.longpin.spi.Store;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** An open instance of a file. */
final class DefaultCachedFile extends ByteBufferAccess {

  private final DefaultPageCache cache;
  private final CoreMm mm;
  private final Frames frames;
  private final Protocols protocols;
  private final GetUserPages getUserPages;
  private final @Nullable ShortPinLedger shortPins;
  private final OpenFile file;
  private final AddressSpace space;
  private final Path path;
  private final boolean writable;
  private final LongtermPins longtermPins;
  private final FileCuts cuts;
  private final Readahead readahead;
  private final LongCell seenErrors;
  private final LongCell seenChanges;
  private final FileReads.Miss miss;
  private final int pageShift;
  private final int pageSize;
  private volatile boolean closed;

  DefaultCachedFile(
      DefaultPageCache cache,
      CoreMm mm,
      Protocols protocols,
      OpenFile file,
      Path path,
      OpenMode mode) {
    this.cache = cache;
    this.mm = mm;
    this.frames = mm.frames();
    this.protocols = protocols;
    this.getUserPages = protocols.getUserPages();
    this.shortPins = mm.shortPins();
    this.file = file;
    this.space = file.space();
    this.path = path;
    this.writable = mode.writes();
    this.longtermPins = new LongtermPins(mm, getUserPages, protocols.withdraw());
    this.cuts = new FileCuts(mm, space, protocols);
    this.readahead = new Readahead(mm, file, protocols.prefetch());
    this.seenErrors = new LongCell(space.errors().count());
    this.seenChanges = new LongCell(file.changes());
    this.miss = () -> file.checkUnchangedOnMiss(seenChanges);
    this.pageShift = frames.pageShift();
    this.pageSize = frames.pageSize();
  }

  // Housekeeping

  void checkOpen() {
    if (closed) {
      throw new FileClosedException(path + " is closed");
    }
  }

  void markClosed() {
    closed = true;
  }

  /**
   * Begins an operation, which keeps the last close waiting until {@link OpenFile#operationEnds}.
   */
  void begin() {
    file.operationBegins();
    if (closed || file.closing) {
      file.operationEnds();
      throw new FileClosedException(path + " is closed or being closed");
    }
  }

  /** Ends an operation that began. */
  void end() {
    file.operationEnds();
  }

  private void beginChange(String operation) throws StoreException {
    if (!writable) {
      throw new StoreException(
          StoreException.Kind.PERMISSION,
          operation + " of " + path + ", which was opened for reading; open it for writing",
          null);
    }
    begin();
  }

  private Operation operation(String name, long start, long end, @Nullable Duration wait) {
    Deadline deadline = Deadline.after(wait == null ? mm.config().deadline() : wait);
    return new Operation(mm, space, name, start, end, deadline);
  }

  @Override
  public Path path() {
    return path;
  }

  @Override
  public long size() {
    checkOpen();
    return space.size();
  }

  // Reading and writing

  @Override
  public long read(MemorySegment target, long offset) throws LongpinException {
    Checks.range(offset, target.byteSize());
    begin();
    try {
      long end = Math.min(space.size(), offset + target.byteSize());
      if (end <= offset) {
        return target.byteSize() == 0 && end == offset ? 0 : -1;
      }
      readahead.startRead(offset, end);
      readTo(operation("read", offset, end, null), target, offset, end);
      readahead.noteRead(offset, end);
      return end - offset;
    } finally {
      file.operationEnds();
    }
  }

  private void readTo(Operation operation, MemorySegment target, long offset, long end)
      throws LongpinException {
    long at = offset;
    try {
      while (at < end) {
        int length = (int) Math.min(end - at, pageSize - (at & pageSize - 1));
        protocols.reads().copyOut(operation, miss, at, target, at - offset, length);
        at += length;
      }
    } catch (LongpinException e) {
      throw e.withBytesDone(at - offset);
    }
  }

  @Override
  public void prefetch(long offset, long lengthBytes) {
    Checks.range(offset, lengthBytes);
    begin();
    try {
      readahead.start(offset, offset + lengthBytes);
    } finally {
      file.operationEnds();
    }
  }

  @Override
  public PinQueue pinQueue(Access access) {
    checkOpen();
    return new ArrivalQueue(this, space, protocols.prefetch(), access);
  }

  void await(String name, Operation.Wait wait) throws LongpinException {
    begin();
    try {
      operation(name, 0, Long.MAX_VALUE, null).await(wait);
    } finally {
      file.operationEnds();
    }
  }

  @Override
  public void write(MemorySegment source, long offset) throws LongpinException {
    Checks.range(offset, source.byteSize());
    cache.checkSize(path, offset + source.byteSize());
    beginChange("write");
    try {
      Operation operation = operation("write", offset, offset + source.byteSize(), null);
      protocols.writes().write(operation, source, offset);
    } finally {
      file.operationEnds();
    }
  }

  @Override
  public long append(MemorySegment source) throws LongpinException {
    beginChange("append");
    try {
      long length = source.byteSize();
      Checks.range(space.size(), length);
      cache.checkSize(path, space.size() + length);
      Operation growth = operation("append", space.size(), Long.MAX_VALUE, null);
      long offset = protocols.writes().growForAppend(growth, length);
      Operation operation =
          new Operation(mm, space, "append", offset, offset + length, growth.deadline());
      protocols.writes().write(operation, source, offset);
      return offset;
    } finally {
      file.operationEnds();
    }
  }

  // Taking pages away

  @Override
  public UnmapResult truncate(long sizeBytes, Unmapping unmapping) throws LongpinException {
    Checks.range(0, sizeBytes);
    cache.checkSize(path, sizeBytes);
    beginChange("truncate");
    try {
      return cuts.truncate(sizeBytes, unmapping);
    } finally {
      file.operationEnds();
    }
  }

  @Override
  public UnmapResult punchHole(long offset, long lengthBytes, Unmapping unmapping)
      throws LongpinException {
    Checks.range(offset, lengthBytes);
    beginChange("punch");
    try {
      return cuts.punchHole(offset, lengthBytes, unmapping);
    } finally {
      file.operationEnds();
    }
  }

  @Override
  public void preallocate(long offset, long lengthBytes) throws LongpinException {
    Checks.range(offset, lengthBytes);
    cache.checkSize(path, offset + lengthBytes);
    beginChange("preallocate");
    try {
      if (!space.store().features().contains(Store.Feature.RESERVE)) {
        throw new StoreException(
            StoreException.Kind.UNSUPPORTED,
            "preallocate of " + path + ": its file system can't reserve space",
            null);
      }
      if (lengthBytes > 0) {
        space.store().reserve(offset, lengthBytes);
      }
    } finally {
      file.operationEnds();
    }
  }

  @Override
  public UnmapResult evict(long offset, long lengthBytes, Unmapping unmapping)
      throws LongpinException {
    Checks.range(offset, lengthBytes);
    begin();
    try {
      return cuts.evict(offset, lengthBytes, unmapping);
    } finally {
      file.operationEnds();
    }
  }

  @Override
  public UnmapResult delete(Unmapping unmapping) throws LongpinException {
    beginChange("delete");
    UnmapResult result;
    try {
      result = cuts.delete(unmapping);
    } finally {
      file.operationEnds();
    }
    if (cache.files().startDelete(file)) {
      try {
        closeLast(new Cuts.Discard(UnmapOperation.CLOSE));
      } catch (LongpinException e) {
        // The file is gone all the same, and what is still held is in the cache's stats.
      }
    }
    return result;
  }

  // Force

  @Override
  public void force(long offset, long lengthBytes, Duration deadline) throws LongpinException {
    Checks.range(offset, lengthBytes);
    begin();
    try {
      forceRange(operation("force", offset, offset + lengthBytes, deadline));
    } finally {
      file.operationEnds();
    }
  }

  @Override
  public void force() throws LongpinException {
    force(0, Long.MAX_VALUE, mm.config().deadline());
  }

  private void forceRange(Operation operation) throws LongpinException {
    file.checkUnchanged(seenChanges);
    // As of now: another force of this instance must not take the error that concerns this one.
    long seen = seenErrors.get();
    try {
      protocols.force().force(operation);
    } catch (StoreException e) {
      seenErrors.raiseTo(space.errors().count()); // this opener sees it now
      throw new WritebackException(operation.describe(), e);
    }
    long count = space.errors().count();
    seenErrors.raiseTo(count);
    Force.checkErrors(space, seen, count);
    file.store().settle();
  }

  // Pins and views

  @Override
  public Pin pin(long offset, long lengthBytes, Access access) throws LongpinException {
    int frame = -1;
    int[] all = null;
    if ((access == Access.READ || (access == Access.WRITE && writable))
        && offset >= 0
        && lengthBytes > 0
        && lengthBytes <= pageSize - (offset & pageSize - 1)
        && !closed) {
      long unit = PageWord.unit(access, false);
      frame = getUserPages.tryPinShort(space, offset >>> pageShift, offset + lengthBytes, unit);
    }
    if (frame < 0) {
      all = pinSlow(0, offset, lengthBytes, access);
      frame = all[0];
    }
    ShortPin pin = new ShortPin(frames, offset, lengthBytes, access, frame, all, shortPins);
    if (shortPins != null) {
      shortPins.taken(pin, space, offset >>> pageShift, mm.pagesUpTo(offset + lengthBytes));
    }
    return pin;
  }

  /**
   * Pins the slow way. Calls itself first, since the compiler inlines a recursive call no more than
   * once: with all of the slow path inlined {@link #pin} would be too large to be inlined itself,
   * and every pin would be allocated.
   */
  private int[] pinSlow(int depth, long offset, long lengthBytes, Access access)
      throws LongpinException {
    if (depth < 2) {
      return pinSlow(depth + 1, offset, lengthBytes, access);
    }
    Operation operation = beginPin(offset, lengthBytes, access, "pin");
    try {
      return getUserPages.pin(operation, access, false);
    } finally {
      file.operationEnds();
    }
  }

  /** Begins to pin; {@link #end} has to follow. */
  Operation beginPin(long offset, long lengthBytes, Access access, String name)
      throws LongpinException {
    Checks.range(offset, lengthBytes);
    if (lengthBytes == 0) {
      throw new IllegalArgumentException("a pin of no bytes");
    }
    checkOpen();
    Operation operation = operation(name, offset, offset + lengthBytes, null);
    if (access.writes() && !writable) {
      throw new PinRefusedException(Reason.READ_ONLY, name + " of " + path, null);
    }
    begin();
    return operation;
  }

  @Override
  public LongtermPin pinLongterm(
      long offset,
      long lengthBytes,
      Access access,
      Holder holder,
      @Nullable RevocationHandler handler)
      throws LongpinException {
    Objects.requireNonNull(holder, "holder");
    Operation operation = beginPin(offset, lengthBytes, access, "long-term pin");
    try {
      return longtermPins.pin(this, operation, access, holder, handler);
    } finally {
      file.operationEnds();
    }
  }

  @Override
  public RangeMark refuseLongterm(long offset, long lengthBytes) {
    Checks.range(offset, lengthBytes);
    checkOpen();
    return space.refused().add(offset, lengthBytes);
  }

  @Override
  public IntervalNotifier attach(
      long offset, long lengthBytes, Holder device, InvalidationHandler handler) {
    return new DeviceFaults(this, mm, space, getUserPages)
        .attach(offset, lengthBytes, device, handler);
  }

  @Override
  public View view(long offset, long lengthBytes) {
    Checks.range(offset, lengthBytes);
    checkOpen();
    return new FileView(this, space, frames, mm.words(), offset, lengthBytes);
  }

  @Override
  public void setWritebackGate(@Nullable WritebackGate gate) {
    checkOpen();
    if (gate != null && mm.isDax()) {
      throw new IllegalStateException(path + ": on DAX no gate can hold back what is written");
    }
    space.setGate(gate);
  }

  @Override
  public void setBackgroundWriteback(boolean enabled) {
    checkOpen();
    space.setBackgroundWriteback(enabled);
  }

  @Override
  public List<HolderInfo> holders() {
    checkOpen();
    return mm.holders().of(space);
  }

  // Close

  @Override
  public void close(Duration wait) throws LongpinException {
    if (closed) {
      return;
    }
    Operation operation = operation("close", 0, Long.MAX_VALUE, wait);
    if (!cache.files().startClose(file, this, operation.deadline())) {
      closed = true;
      return;
    }
    new Closing(mm, protocols.cut(), cache, file).within(operation, Unmapping.within(wait));
  }

  @Override
  public void close() throws LongpinException {
    if (closed) {
      return;
    }
    if (!cache.files().startClose(file, this, Deadline.after(mm.config().deadline()))) {
      closed = true;
      return;
    }
    closeLast(new Cuts.Evict(UnmapOperation.CLOSE));
  }

  private void closeLast(Cut.Kind kind) throws LongpinException {
    new Closing(mm, protocols.cut(), cache, file).run(kind);
  }
}
