package dev.longpin.mm;

import dev.longpin.api.StoreException;
import dev.longpin.api.UnmapOperation;
import dev.longpin.mm.Cut.Kind;
import dev.longpin.page.AddressSpace;

/** The kinds of {@link Cut}. */
public final class Cuts {

  private Cuts() {}

  /** The file gets shorter. */
  public record Truncate(long sizeBytes) implements Kind {

    @Override
    public UnmapOperation operation() {
      return UnmapOperation.TRUNCATE;
    }

    @Override
    public boolean keepsContent() {
      return false;
    }

    @Override
    public boolean applies(AddressSpace space) {
      return sizeBytes < space.size();
    }

    @Override
    public void cutStore(AddressSpace space) throws StoreException {
      space.store().truncate(sizeBytes);
    }

    @Override
    public boolean isIntact(AddressSpace space, StoreException failure) {
      try {
        return space.store().stamp().sizeBytes() != sizeBytes;
      } catch (StoreException e) {
        return false;
      }
    }

    @Override
    public void finish(AddressSpace space) {
      space.setSize(sizeBytes);
    }
  }

  /**
   * A range becomes a hole.
   *
   * @param sizeBytes the size of the file for which the range was worked out
   */
  public record PunchHole(long offset, long lengthBytes, long sizeBytes) implements Kind {

    @Override
    public UnmapOperation operation() {
      return UnmapOperation.PUNCH_HOLE;
    }

    @Override
    public boolean keepsContent() {
      return false;
    }

    @Override
    public boolean applies(AddressSpace space) {
      return sizeBytes == space.size();
    }

    @Override
    public void cutStore(AddressSpace space) throws StoreException {
      // A page that made the file larger and was never written may go now: the store must know the
      // size. It may have changed since the range was worked out, but can't any more.
      long size = space.size();
      if (space.store().stamp().sizeBytes() < size) {
        space.store().truncate(size);
      }
      space.store().punchHole(offset, lengthBytes);
    }

    @Override
    public boolean isIntact(AddressSpace space, StoreException failure) {
      return failure.kind() == StoreException.Kind.UNSUPPORTED
          || failure.kind() == StoreException.Kind.PERMISSION;
    }

    @Override
    public void finish(AddressSpace space) {
      // The size stays.
    }
  }

  /** Pages leave the memory and stay in the file; also the last close. */
  public record Evict(UnmapOperation operation) implements Kind {

    @Override
    public boolean keepsContent() {
      return true;
    }

    @Override
    public void cutStore(AddressSpace space) {
      // The store keeps everything.
    }

    @Override
    public boolean isIntact(AddressSpace space, StoreException failure) {
      return true;
    }

    @Override
    public void finish(AddressSpace space) {
      // The size stays.
    }
  }

  /** The pages go whatever they hold: the file is deleted, or closed though it can't be written. */
  public record Discard(UnmapOperation operation) implements Kind {

    @Override
    public boolean keepsContent() {
      return false;
    }

    @Override
    public void cutStore(AddressSpace space) throws StoreException {
      if (operation == UnmapOperation.DELETE) {
        space.store().delete();
      }
    }

    @Override
    public boolean isIntact(AddressSpace space, StoreException failure) {
      return true;
    }

    @Override
    public void finish(AddressSpace space) {
      // Nobody asks for the size any more.
    }
  }
}
