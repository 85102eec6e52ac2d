# java compiles and runs a program of eight threads, with a heap of 64 MB of its own and buffers outside of it.
# Why: the machine itself takes from malloc in the compiler and collector threads, and for direct buffers and zip.
# needs: java javac
cat >Threads.java <<'END'
import java.nio.ByteBuffer;
import java.util.*;
import java.util.concurrent.*;
import java.util.zip.*;

public class Threads {
    static long work(int id) throws Exception {
        long sum = id;
        for (int round = 0; round < 20; round++) {
            ByteBuffer direct = ByteBuffer.allocateDirect(100_000 + 1000 * id);
            StringBuilder text = new StringBuilder();
            for (int i = 0; i < 5000; i++) text.append(i * id).append(' ');
            byte[] plain = text.toString().getBytes();
            Deflater deflater = new Deflater();
            deflater.setInput(plain);
            deflater.finish();
            deflater.deflate(direct);
            deflater.end();
            direct.flip();
            Inflater inflater = new Inflater();
            inflater.setInput(direct);
            byte[] back = new byte[plain.length];
            if (inflater.inflate(back) != plain.length || !Arrays.equals(plain, back)) throw new Exception("changed");
            inflater.end();
            for (byte b : back) sum = sum * 31 + b;
        }
        return sum;
    }

    public static void main(String[] arguments) throws Exception {
        ExecutorService pool = Executors.newFixedThreadPool(8);
        List<Future<Long>> sums = new ArrayList<>();
        for (int id = 1; id <= 24; id++) {
            final int own = id;
            sums.add(pool.submit(() -> work(own)));
        }
        for (Future<Long> sum : sums) System.out.println(sum.get());
        pool.shutdown();
    }
}
END
java -Xmx64m -XX:-UsePerfData Threads.java
