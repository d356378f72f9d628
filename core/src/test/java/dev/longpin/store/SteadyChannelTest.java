package dev.longpin.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What an interrupt does to an operation: repeated on the channel, untouched on the anchor. */
class SteadyChannelTest {

  @TempDir private Path dir;
  private SteadyChannel channel;
  private int calls;
  private int reopened;

  @BeforeEach
  void open() throws IOException {
    channel = new SteadyChannel(openFile(), openFile());
  }

  @AfterEach
  void close() throws IOException {
    channel.close();
  }

  @Test
  void anInterruptedOperationIsRepeatedOnAnOpenChannel() throws Exception {
    long written =
        channel.call(
            open -> {
              calls++;
              if (calls < 4) {
                Thread.currentThread().interrupt();
              }
              return open.write(ByteBuffer.wrap(new byte[] {1}), 0);
            },
            this::reopen);
    assertThat(written).isEqualTo(1);
    assertThat(calls).isEqualTo(4);
    assertThat(reopened).isEqualTo(3);
    assertThat(Thread.interrupted()).isTrue();
  }

  @Test
  void theAnchorServesWhenTheChannelCantBeOpenedAgain() throws Exception {
    Thread caller = Thread.currentThread();
    for (int i = 0; i < 3; i++) {
      long written =
          channel.call(
              open -> {
                if (Thread.currentThread().equals(caller)) {
                  caller.interrupt();
                }
                return open.write(ByteBuffer.wrap(new byte[] {1}), 0);
              },
              () -> {
                throw new IOException("the name is gone");
              });
      assertThat(written).isEqualTo(1);
      assertThat(Thread.interrupted()).isTrue();
    }
  }

  @Test
  void anOperationOnTheAnchorIsDoneOnceSoThatNoErrorIsLost() throws Exception {
    Thread.currentThread().interrupt();
    assertThatThrownBy(() ->
            channel.callOnAnchor(open -> {
              calls++;
              open.force(false);
              throw new IOException("I3: Input/output error");
            }))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("Input/output error");
    assertThat(calls).isEqualTo(1);
    assertThat(Thread.interrupted()).isTrue();
    assertThat(channel.callOnAnchor(FileChannel::size)).isZero();
  }

  @Test
  void anErrorThatIsNoInterruptIsNotRepeated() {
    assertThatThrownBy(() ->
            channel.call(
                open -> {
                  calls++;
                  throw new IOException("Input/output error");
                },
                this::reopen))
        .hasMessage("Input/output error");
    assertThat(calls).isEqualTo(1);
  }

  private FileChannel reopen() throws IOException {
    reopened++;
    return openFile();
  }

  private FileChannel openFile() throws IOException {
    return FileChannel.open(
        dir.resolve("f"),
        StandardOpenOption.READ,
        StandardOpenOption.WRITE,
        StandardOpenOption.CREATE);
  }
}
