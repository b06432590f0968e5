import java.io.FileInputStream;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import org.javarosa.core.model.FormDef;
import org.javarosa.core.model.data.IAnswerData;
import org.javarosa.core.model.instance.InstanceInitializationFactory;
import org.javarosa.core.model.instance.TreeReference;
import org.javarosa.xform.util.XFormUtils;
import org.javarosa.xpath.XPathParseTool;
import org.javarosa.xpath.expr.XPathPathExpr;

/** What the engine of ODK Collect makes of the node /data/out of each form in a folder: one line a form, name, tab, value or "!". */
public class Javarosa {
    public static void main(String[] arguments) throws Exception {
        PrintStream out = new PrintStream(System.out, true, "UTF-8");
        System.setOut(System.err);
        List<Path> forms = Files.list(Path.of(arguments[0])).filter(path -> path.toString().endsWith(".xml")).sorted().collect(Collectors.toList());
        new org.javarosa.model.xform.XFormsModule().registerModule();
        for (Path path : forms) {
            String name = path.getFileName().toString().replace(".xml", "");
            try (FileInputStream bytes = new FileInputStream(path.toFile())) {
                FormDef form = XFormUtils.getFormFromInputStream(bytes);
                form.initialize(true, new InstanceInitializationFactory());
                TreeReference node = ((XPathPathExpr) XPathParseTool.parseXPath("/data/out")).getReference();
                IAnswerData data = form.getMainInstance().resolveReference(node).getValue();
                out.println(name + "\t" + (data == null ? "" : data.getDisplayText()).replace("\n", "\\n"));
            } catch (Throwable fault) {
                out.println(name + "\t!" + String.valueOf(fault.getMessage()).replace("\n", " "));
            }
        }
    }
}
