import java.io.BufferedReader;
import java.io.ByteArrayOutputStream;
import java.io.File;
import java.io.FileInputStream;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.io.PrintStream;
import java.io.StringWriter;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.text.Normalizer;
import java.text.SimpleDateFormat;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.javarosa.core.model.Constants;
import org.javarosa.core.model.FormDef;
import org.javarosa.core.model.FormIndex;
import org.javarosa.core.model.RangeQuestion;
import org.javarosa.core.model.SelectChoice;
import org.javarosa.core.model.ValidateOutcome;
import org.javarosa.core.model.data.DateData;
import org.javarosa.core.model.data.DateTimeData;
import org.javarosa.core.model.data.DecimalData;
import org.javarosa.core.model.data.GeoPointData;
import org.javarosa.core.model.data.IAnswerData;
import org.javarosa.core.model.data.IntegerData;
import org.javarosa.core.model.data.MultipleItemsData;
import org.javarosa.core.model.data.SelectMultiData;
import org.javarosa.core.model.data.SelectOneData;
import org.javarosa.core.model.data.StringData;
import org.javarosa.core.model.data.TimeData;
import org.javarosa.core.model.data.helper.Selection;
import org.javarosa.core.model.instance.InstanceInitializationFactory;
import org.javarosa.core.model.instance.TreeElement;
import org.javarosa.core.model.instance.TreeReference;
import org.javarosa.core.reference.Reference;
import org.javarosa.core.reference.ReferenceFactory;
import org.javarosa.core.reference.ReferenceManager;
import org.javarosa.core.services.IPropertyManager;
import org.javarosa.core.services.PropertyManager;
import org.javarosa.core.services.properties.IPropertyRules;
import org.javarosa.core.services.transport.payload.ByteArrayPayload;
import org.javarosa.form.api.FormEntryController;
import org.javarosa.form.api.FormEntryModel;
import org.javarosa.form.api.FormEntryPrompt;
import org.javarosa.model.xform.XFormSerializingVisitor;
import org.javarosa.model.xform.XFormsModule;
import org.javarosa.xform.util.XFormUtils;

/**
 * An enumerator with ODK Collect: forms are filled in by Collect's own engine, screen after screen, and written by its own serialiser.
 * Each line of standard input is one interview (see `Job`); each line of standard output says "ok" or what stood in the way. What was
 * typed goes to typed.jsonl, what the engine made of it to submission.xml, attachments to files/.
 */
public class Collect {
    /** Tab-separated: form, folder of its files, folder for the result, seed, number of the language, case, what came of the visit, how it ended, consent. */
    record Job(Path form, Path media, Path out, String seed, int language, Map<String, String> fixed) {
        static Job read(String line) {
            String[] part = line.split("\t", -1);
            Map<String, String> fixed = Map.of("khs_case_id", part[5], "khs_reached", part[6], "khs_finish", part[7], "consent", part[8]);
            return new Job(Path.of(part[0]), Path.of(part[1]), Path.of(part[2]), part[3], Integer.parseInt(part[4]), fixed);
        }
    }

    static final Map<String, List<String>> POOL = new HashMap<>();

    public static void main(String[] arguments) throws Exception {
        PrintStream out = new PrintStream(System.out, true, "UTF-8");
        System.setOut(System.err);
        for (String line : Files.readAllLines(Path.of(arguments[0]), StandardCharsets.UTF_8)) {
            String[] part = line.split("\t", 2);
            String[] kind = part[0].split(":");
            String text = part[1].replace("\\n", "\n");
            POOL.computeIfAbsent(kind[0], name -> new ArrayList<>()).add(kind.length > 1 ? Normalizer.normalize(text, Normalizer.Form.NFD) : text);
        }
        new XFormsModule().registerModule();
        PropertyManager.setPropertyManager(new Phone());
        BufferedReader lines = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
            try {
                new Interview(Job.read(line)).run();
                out.println("ok");
            } catch (Throwable fault) {
                StringWriter told = new StringWriter();
                fault.printStackTrace(new PrintWriter(told));
                out.println(told.toString().replace("\n", " | "));
            }
        }
    }

    /** What the phone knows of itself and its user. */
    static class Phone implements IPropertyManager {
        static final Map<String, String> KNOWN =
            Map.of("deviceid", "collect:máy-của-hoa", "username", "hoa", "phonenumber", "0912345678", "email", "hoa@example.vn");

        @Override public String getSingularProperty(String name) { return KNOWN.get(name); }
        @Override public List<String> getProperty(String name) { return KNOWN.containsKey(name) ? List.of(KNOWN.get(name)) : List.of(); }
        @Override public void setProperty(String name, String value) {}
        @Override public void setProperty(String name, List<String> values) {}
        @Override public void addRules(IPropertyRules rules) {}
        @Override public List<IPropertyRules> getRules() { return List.of(); }
    }

    /** FNV-1a of a text: which answer is given hangs on the seed and the place alone, so both engines are told the same. */
    static int hash(String text) {
        int hash = 0x811c9dc5;
        for (byte one : text.getBytes(StandardCharsets.UTF_8)) {
            hash = (hash ^ (one & 0xff)) * 0x01000193;
        }
        // The low bits of neighbours are alike.
        return (hash ^ (hash >>> 15)) & 0x7fffffff;
    }

    static class Interview {
        final Job job;
        final Map<String, String> typed = new java.util.LinkedHashMap<>();
        final Map<String, String> kinds = new HashMap<>();
        FormDef form;
        FormEntryController controller;

        Interview(Job job) { this.job = job; }

        void run() throws Exception {
            Files.createDirectories(job.out.resolve("files"));
            ReferenceManager.instance().reset();
            ReferenceManager.instance().addReferenceFactory(new Media(job.media));
            form = XFormUtils.getFormFromFormXml(job.form.toString(), null);
            if (form == null) throw new IllegalStateException("the engine does not take the form");
            form.initialize(true, new InstanceInitializationFactory());
            controller = new FormEntryController(new FormEntryModel(form));
            FormEntryModel model = controller.getModel();
            String[] languages = model.getLanguages();
            controller.setLanguage(languages[job.language % languages.length]);
            for (int event = controller.stepToNextEvent(); event != FormEntryController.EVENT_END_OF_FORM; event = controller.stepToNextEvent()) {
                if (event == FormEntryController.EVENT_QUESTION) {
                    answer(model.getQuestionPrompt());
                } else if (event == FormEntryController.EVENT_PROMPT_NEW_REPEAT) {
                    FormIndex index = model.getFormIndex();
                    String place = placeOf(index.getReference());
                    if (index.getReference().getMultLast() < hash(job.seed + ":turns:" + place.replaceAll("\\[\\d+\\]$", "")) % 3) controller.newRepeat();
                }
            }
            controller.finalizeFormEntry();
            audit();
            ValidateOutcome outcome = form.validate(true);
            if (outcome != null) throw new IllegalStateException("not valid at " + outcome.failedPrompt.getReference() + ", " + outcome.outcome);
            ByteArrayPayload payload = (ByteArrayPayload) new XFormSerializingVisitor().createSerializedPayload(form.getInstance());
            Files.write(job.out.resolve("submission.xml"), payload.getPayloadStream().readAllBytes());
            StringBuilder told = new StringBuilder();
            typed.forEach((place, text) -> told.append(line(place, kinds.get(place), text)));
            leaves(form.getInstance().getRoot(), (element, place) -> {
                if (!typed.containsKey(place)) told.append(line(place, "computed", element.getValue().uncast().getString()));
            });
            Files.writeString(job.out.resolve("typed.jsonl"), told.toString());
        }

        /** The log of the screen: Collect writes the file beside the form and its name into it. */
        void audit() throws Exception {
            for (TreeElement meta : form.getInstance().getRoot().getChildrenWithName("meta")) {
                for (TreeElement audit : meta.getChildrenWithName("audit")) {
                    audit.setValue(new StringData("audit.csv"));
                    kinds.put("/data/meta/audit", "file");
                    typed.put("/data/meta/audit", "audit.csv");
                    Files.writeString(job.out.resolve("files/audit.csv"), "event,node,start,end\nform start,,1764120000000,\nform finalize,,1764122400000,\n");
                }
            }
        }

        void answer(FormEntryPrompt prompt) throws Exception {
            TreeReference reference = prompt.getIndex().getReference();
            String place = placeOf(reference);
            if (prompt.isReadOnly()) return;
            // What is shown is asked for, as on a screen: words with outputs in them must come out.
            prompt.getLongText();
            prompt.getHelpText();
            boolean isLeftOut = !prompt.isRequired() && hash(job.seed + ":skip:" + place) % 6 == 0;
            if (isLeftOut && job.fixed.get(reference.getNameLast()) == null) {
                give(null);
                return;
            }
            int first = hash(job.seed + ":" + place);
            for (int attempt = 0; attempt < 40; attempt++) {
                Answer answer = candidate(prompt, place, first + attempt, attempt);
                if (answer == null) {
                    give(null);
                    return;
                }
                if (give(answer.data) == FormEntryController.ANSWER_OK) {
                    typed.put(place, answer.text);
                    kinds.put(place, answer.kind);
                    if (answer.kind.equals("file")) Files.write(job.out.resolve("files").resolve(answer.text), bytes(place));
                    return;
                }
            }
            if (prompt.isRequired()) throw new IllegalStateException("no answer is taken at " + place);
            give(null);
        }

        int give(IAnswerData data) { return controller.answerQuestion(data, true); }

        byte[] bytes(String place) throws Exception {
            ByteArrayOutputStream bytes = new ByteArrayOutputStream();
            bytes.write(new byte[] {(byte) 0xff, (byte) 0xd8, 0, 13, 10});
            bytes.write((job.seed + place + "\r\n--khaosat\r\n").getBytes(StandardCharsets.UTF_8));
            return bytes.toByteArray();
        }

        record Answer(String kind, String text, IAnswerData data) {}

        Answer candidate(FormEntryPrompt prompt, String place, int number, int attempt) throws Exception {
            number &= 0x7fffffff;
            switch (prompt.getControlType()) {
                case Constants.CONTROL_SELECT_ONE: {
                    SelectChoice choice = one(prompt, number);
                    return choice == null ? null : new Answer("select", choice.getValue(), new SelectOneData(new Selection(choice)));
                }
                case Constants.CONTROL_SELECT_MULTI: {
                    List<Selection> picked = new ArrayList<>();
                    List<SelectChoice> choices = prompt.getSelectChoices();
                    for (int at = 0; at < choices.size(); at++) {
                        if ((number >>> (at % 16) & 1) == 1) picked.add(new Selection(choices.get(at)));
                    }
                    // Some choices stand alone: after many refusals one by one.
                    if (attempt >= 8) picked.clear();
                    if (picked.isEmpty() && !choices.isEmpty()) picked.add(new Selection(choices.get(number % choices.size())));
                    return picked.isEmpty() ? null : new Answer("select", codes(picked), new SelectMultiData(picked));
                }
                case Constants.CONTROL_RANK: {
                    List<Selection> order = new ArrayList<>();
                    for (SelectChoice choice : prompt.getSelectChoices()) order.add(new Selection(choice));
                    java.util.Collections.rotate(order, number % Math.max(order.size(), 1));
                    return order.isEmpty() ? null : new Answer("select", codes(order), new MultipleItemsData(order));
                }
                case Constants.CONTROL_TRIGGER:
                    return new Answer("string", "OK", new StringData("OK"));
                case Constants.CONTROL_RANGE: {
                    RangeQuestion range = (RangeQuestion) prompt.getQuestion();
                    int steps = range.getRangeEnd().subtract(range.getRangeStart()).divideToIntegralValue(range.getRangeStep()).intValueExact();
                    java.math.BigDecimal value = range.getRangeStart().add(range.getRangeStep().multiply(java.math.BigDecimal.valueOf(number % (steps + 1))));
                    return new Answer("decimal", value.toPlainString(),
                        prompt.getDataType() == Constants.DATATYPE_INTEGER ? new IntegerData(value.intValueExact()) : new DecimalData(value.doubleValue()));
                }
                case Constants.CONTROL_IMAGE_CHOOSE: case Constants.CONTROL_AUDIO_CAPTURE: case Constants.CONTROL_VIDEO_CAPTURE: case Constants.CONTROL_FILE_CAPTURE: {
                    // Collect names what it records by the moment; a file that is picked keeps its name.
                    String name = prompt.getControlType() == Constants.CONTROL_FILE_CAPTURE ? "giấy tờ hộ Đặng – " + job.seed + ".pdf" : (1764120000000L + number % 1000000) + ".jpg";
                    return new Answer("file", name, new StringData(name));
                }
                default:
                    return input(prompt, number, attempt);
            }
        }

        Answer input(FormEntryPrompt prompt, int number, int attempt) throws Exception {
            SimpleDateFormat moments = new SimpleDateFormat("yyyy-MM-dd'T'HH:mm");
            switch (prompt.getDataType()) {
                case Constants.DATATYPE_INTEGER: { String text = pooled(attempt < POOL.get("int").size() ? "int" : "large", number); return new Answer("decimal", text, new IntegerData(Integer.parseInt(text))); }
                case Constants.DATATYPE_DECIMAL: { String text = pooled("decimal", number); return new Answer("decimal", text, new DecimalData(Double.parseDouble(text))); }
                case Constants.DATATYPE_DATE: { String text = pooled("date", number); return new Answer("date", text, new DateData(moments.parse(text + "T00:00"))); }
                case Constants.DATATYPE_TIME: { String text = pooled("time", number); return new Answer("time", text, new TimeData(moments.parse(java.time.LocalDate.now() + "T" + text))); }
                case Constants.DATATYPE_DATE_TIME: { String text = pooled("dateTime", number); return new Answer("dateTime", text, new DateTimeData(moments.parse(text))); }
                case Constants.DATATYPE_GEOPOINT: {
                    String text = pooled("geopoint", number);
                    double[] place = java.util.Arrays.stream(text.split(" ")).mapToDouble(Double::parseDouble).toArray();
                    return new Answer("geo", text, new GeoPointData(place));
                }
                case Constants.DATATYPE_GEOTRACE: { String text = pooled("geotrace", number); return new Answer("geo", text, new StringData(text)); }
                case Constants.DATATYPE_GEOSHAPE: { String text = pooled("geoshape", number); return new Answer("geo", text, new StringData(text)); }
                case Constants.DATATYPE_BARCODE: { String text = pooled("barcode", number); return new Answer("string", text, new StringData(text)); }
                default: { String text = pooled("string", number); return new Answer("string", text, new StringData(text)); }
            }
        }

        SelectChoice one(FormEntryPrompt prompt, int number) {
            List<SelectChoice> choices = prompt.getSelectChoices();
            String wanted = job.fixed.get(prompt.getIndex().getReference().getNameLast());
            for (SelectChoice choice : choices) {
                prompt.getSelectChoiceText(choice);
                if (choice.getValue().equals(wanted)) return choice;
            }
            if (wanted != null) throw new IllegalStateException(wanted + " is not offered at " + prompt.getIndex().getReference());
            return choices.isEmpty() ? null : choices.get(number % choices.size());
        }
    }

    static String codes(List<Selection> selections) {
        StringBuilder codes = new StringBuilder();
        for (Selection selection : selections) codes.append(codes.length() > 0 ? " " : "").append(selection.getValue());
        return codes.toString();
    }

    static String pooled(String kind, int number) { return POOL.get(kind).get(number % POOL.get(kind).size()); }

    interface Visit { void leaf(TreeElement element, String place); }

    static void leaves(TreeElement element, Visit visit) {
        if (!element.isRelevant() || element.getMult() == TreeReference.INDEX_TEMPLATE) return;
        if (element.getNumChildren() == 0) {
            if (element.getValue() != null) visit.leaf(element, placeOf(element.getRef()));
            return;
        }
        for (int at = 0; at < element.getNumChildren(); at++) leaves(element.getChildAt(at), visit);
    }

    /** The place with numbers where turns are told apart, from 1; the other numbers are always 1 and left out. */
    static String placeOf(TreeReference reference) {
        StringBuilder place = new StringBuilder();
        for (int at = 0; at < reference.size(); at++) {
            place.append('/').append(reference.getName(at));
            place.append('[').append(Math.max(reference.getMultiplicity(at), 0) + 1).append(']');
        }
        return place.toString().replaceAll("\\[1\\]", "");
    }

    static String line(String place, String kind, String text) {
        return "{\"place\":" + quoted(place) + ",\"kind\":" + quoted(kind) + ",\"text\":" + quoted(text) + "}\n";
    }

    static String quoted(String text) {
        StringBuilder quoted = new StringBuilder("\"");
        for (char c : text.toCharArray()) {
            if (c == '"' || c == '\\') quoted.append('\\').append(c);
            else if (c < ' ') quoted.append(String.format("\\u%04x", (int) c));
            else quoted.append(c);
        }
        return quoted.append('"').toString();
    }

    /** Files beside the form, by the last part of their address, as in Collect's folder of media. */
    record Media(Path folder) implements ReferenceFactory {
        @Override public boolean derives(String uri) { return uri.startsWith("jr://"); }
        @Override public Reference derive(String uri) { return new MediaFile(uri, folder.resolve(uri.substring(uri.lastIndexOf('/') + 1)).toFile()); }
        @Override public Reference derive(String uri, String context) { return derive(uri); }
    }

    record MediaFile(String uri, File file) implements Reference {
        @Override public boolean doesBinaryExist() { return file.exists(); }
        @Override public InputStream getStream() throws java.io.IOException { return new FileInputStream(file); }
        @Override public String getURI() { return uri; }
        @Override public String getLocalURI() { return file.getAbsolutePath(); }
        @Override public boolean isReadOnly() { return true; }
        @Override public OutputStream getOutputStream() { throw new UnsupportedOperationException(); }
        @Override public void remove() { throw new UnsupportedOperationException(); }
        @Override public Reference[] probeAlternativeReferences() { return new Reference[0]; }
    }
}
