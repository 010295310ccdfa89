import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { estimateTokens } from '../../src/catalog/estimate-tokens.ts';

/** Texts with the number of tokens that GPT-4o's tokenizer (o200k_base) makes of them. */
const counted: readonly (readonly [kind: string, tokens: number, text: string])[] = [
  [
    'English',
    164,
    'Early in the morning the sunlight fell through the window, and he slowly opened his eyes. He remembered that today was the day of the move. Last night he had packed his things with his friends and put the books into boxes one after another until well past midnight. The living room was full of boxes large and small, and on the wall there was only one old painting left, which his grandmother had painted when she was young. Experts point out that the development of artificial intelligence is changing many industries. Work that used to take days can now be done in a few minutes. The answers of the machine are not always right, however, and so people still have to think and judge for themselves. Schools have begun to discuss how children should learn to use these new tools without depending on them and without being afraid of them.',
  ],
  [
    'German',
    183,
    'Am frühen Morgen fiel das Sonnenlicht durch das Fenster, und er öffnete langsam die Augen. Ihm fiel ein, dass heute der Tag des Umzugs war. Gestern Abend hatte er mit seinen Freunden die Sachen gepackt und die Bücher eines nach dem anderen in Kartons gelegt, bis weit nach Mitternacht. Im Wohnzimmer stapelten sich große und kleine Kisten, und an der Wand hing nur noch ein altes Bild, das seine Großmutter in ihrer Jugend gemalt hatte. Fachleute weisen darauf hin, dass die Entwicklung der künstlichen Intelligenz viele Branchen verändert. Arbeiten, für die man früher Tage brauchte, lassen sich heute in wenigen Minuten erledigen. Die Antworten der Maschine sind jedoch nicht immer richtig, weshalb der Mensch weiterhin selbst nachdenken und urteilen muss. Die Bundesregierung hat eine Änderung des Krankenversicherungsgesetzes beschlossen, die zum Jahreswechsel in Kraft treten soll.',
  ],
  [
    'French',
    102,
    "Tôt le matin, la lumière du soleil entra par la fenêtre et il ouvrit lentement les yeux. Il se souvint que c'était le jour du déménagement. La veille au soir, il avait fait ses bagages avec ses amis et rangé les livres dans des cartons, l'un après l'autre, jusqu'à minuit passé. Les experts soulignent que le développement de l'intelligence artificielle transforme de nombreux secteurs, mais les réponses de la machine ne sont pas toujours justes.",
  ],
  [
    'Spanish',
    90,
    'Por la mañana temprano la luz del sol entró por la ventana y él abrió lentamente los ojos. Recordó que hoy era el día de la mudanza. Anoche había empaquetado sus cosas con sus amigos y había puesto los libros en cajas, uno tras otro, hasta pasada la medianoche. Los expertos señalan que el desarrollo de la inteligencia artificial está cambiando muchas industrias, pero las respuestas de la máquina no siempre son correctas.',
  ],
  [
    'Russian',
    131,
    'Утром солнечный свет проник в комнату через окно, и он медленно открыл глаза. Он вспомнил, что сегодня день переезда. Вчера вечером он вместе с друзьями собирал вещи и складывал книги в коробки одну за другой до самой полуночи. Гостиная была заставлена большими и маленькими коробками, а на стене осталась только старая картина, которую написала его бабушка в молодости. Эксперты считают, что развитие искусственного интеллекта меняет многие отрасли, однако ответы машины не всегда верны, поэтому человек должен думать и решать сам.',
  ],
  [
    'Chinese',
    301,
    '清晨的阳光透过窗户洒进房间，他慢慢睁开眼睛，想起今天是搬家的日子。昨天晚上，他和朋友们一起收拾行李，把书一本一本装进纸箱里，一直忙到半夜才睡。客厅里堆满了大大小小的箱子，墙上只剩下一幅旧画，那是他祖母年轻时画的。他站在画前看了很久，觉得有些舍不得。城市的另一边，新的房子正等着他，那里离公司更近，附近还有一个很大的公园，春天的时候樱花会开满整条路。经济学家认为，住房价格的变化不仅取决于供给和需求，也取决于人们对未来的预期。如果大家都相信价格会上涨，就会有更多的人提前购买，从而推动价格真的上涨。政府可以通过税收、利率和土地政策来影响市场，但是效果往往要过一段时间才能看到。人工智能的发展正在改变许多行业。过去需要几天才能完成的工作，现在几分钟就可以完成。不过，专家提醒我们，机器给出的答案并不总是正确的，人们仍然需要自己思考和判断。学校也开始讨论，应该怎样教孩子们使用这些新工具，既不依赖它们，也不害怕它们。',
  ],
  [
    'Chinese, traditional',
    131,
    '這座小島位於海峽的東側，每年夏天都有許多遊客來這裡度假。島上的居民大多以捕魚為生，近年來也有不少年輕人回到家鄉，開設民宿和咖啡館。當地政府正在修建一條新的自行車道，希望能吸引更多喜歡運動的旅客。專家指出，發展觀光的同時必須注意保護環境，否則珊瑚礁和海洋生物將受到嚴重的影響。',
  ],
  [
    'Japanese',
    341,
    '朝の光が窓から差し込み、彼はゆっくりと目を開けた。今日は引っ越しの日だということを思い出した。昨日の夜は友達と一緒に荷物をまとめ、本を一冊ずつ段ボール箱に入れて、夜中まで忙しかった。リビングには大小さまざまな箱が積み上げられ、壁には古い絵が一枚だけ残っている。それは祖母が若い頃に描いたものだ。彼は絵の前に長い間立って、少し寂しい気持ちになった。街の反対側では新しい家が待っている。そこは会社に近く、近所には大きな公園があって、春になると桜が道いっぱいに咲くそうだ。人工知能の発展は多くの産業を変えつつある。以前は何日もかかった仕事が、今では数分で終わることもある。しかし、機械の出す答えがいつも正しいとは限らないので、人間が自分で考えて判断することが大切だと専門家は指摘している。学校でも、子どもたちにこうした新しい道具をどのように使わせるべきか、議論が始まっている。データベースのサーバーにアクセスするには、まずアカウントを作成し、パスワードを設定してください。',
  ],
  [
    'Korean',
    172,
    '아침 햇살이 창문으로 들어오자 그는 천천히 눈을 떴다. 오늘이 이사하는 날이라는 것이 생각났다. 어젯밤에는 친구들과 함께 짐을 싸고 책을 한 권씩 상자에 넣느라 한밤중까지 바빴다. 거실에는 크고 작은 상자가 가득 쌓여 있고 벽에는 오래된 그림 한 점만 남아 있었다. 그것은 할머니가 젊었을 때 그린 그림이었다. 인공지능의 발전은 많은 산업을 바꾸고 있다. 예전에는 며칠이 걸리던 일이 이제는 몇 분이면 끝난다. 하지만 전문가들은 기계가 내놓는 답이 항상 옳은 것은 아니므로 사람이 스스로 생각하고 판단해야 한다고 말한다.',
  ],
  [
    'Arabic',
    211,
    'في الصباح الباكر دخل ضوء الشمس من النافذة ففتح عينيه ببطء وتذكر أن اليوم هو يوم الانتقال إلى البيت الجديد. في الليلة الماضية كان يجمع أغراضه مع أصدقائه ويضع الكتب في الصناديق واحدا بعد الآخر حتى منتصف الليل. امتلأت غرفة الجلوس بالصناديق الكبيرة والصغيرة، ولم يبق على الجدار سوى لوحة قديمة رسمتها جدته عندما كانت شابة. وقف أمام اللوحة وقتا طويلا وشعر بشيء من الحزن. يقول الخبراء إن تطور الذكاء الاصطناعي يغير كثيرا من الصناعات، فالعمل الذي كان يحتاج إلى أيام يمكن أن ينتهي اليوم في دقائق قليلة. ومع ذلك فإن الإجابات التي تقدمها الآلة ليست صحيحة دائما، ولهذا يجب على الإنسان أن يفكر ويحكم بنفسه. وبدأت المدارس تناقش كيف ينبغي أن يتعلم الأطفال استخدام هذه الأدوات الجديدة من غير أن يعتمدوا عليها أو يخافوا منها.',
  ],
  [
    'Hebrew',
    104,
    'בבוקר נכנס אור השמש מהחלון והוא פקח את עיניו לאט. הוא נזכר שהיום הוא יום המעבר לבית החדש. אתמול בלילה ארז את חפציו יחד עם חבריו והניח את הספרים בארגזים אחד אחרי השני עד חצות. המומחים אומרים שהתפתחות הבינה המלאכותית משנה תעשיות רבות, אבל התשובות שהמכונה נותנת אינן תמיד נכונות.',
  ],
  [
    'Hindi',
    108,
    'सुबह की धूप खिड़की से कमरे में आई और उसने धीरे-धीरे आँखें खोलीं। उसे याद आया कि आज घर बदलने का दिन है। कल रात वह अपने दोस्तों के साथ सामान बाँध रहा था और किताबें एक-एक करके डिब्बों में रख रहा था। विशेषज्ञों का कहना है कि कृत्रिम बुद्धिमत्ता का विकास कई उद्योगों को बदल रहा है, लेकिन मशीन के उत्तर हमेशा सही नहीं होते, इसलिए मनुष्य को स्वयं सोचना और निर्णय लेना चाहिए।',
  ],
  [
    'Thai',
    120,
    'แสงแดดยามเช้าส่องผ่านหน้าต่างเข้ามาในห้อง เขาค่อย ๆ ลืมตาขึ้นและนึกได้ว่าวันนี้เป็นวันย้ายบ้าน เมื่อคืนนี้เขากับเพื่อนช่วยกันเก็บของและใส่หนังสือลงกล่องทีละเล่มจนถึงเที่ยงคืน ผู้เชี่ยวชาญกล่าวว่าการพัฒนาปัญญาประดิษฐ์กำลังเปลี่ยนแปลงหลายอุตสาหกรรม แต่คำตอบของเครื่องไม่ได้ถูกต้องเสมอไป',
  ],
  [
    'TypeScript',
    128,
    "export async function readBody(response: Response, maxBytes: number): Promise<string> {\n  const reader = response.body?.getReader();\n  if (reader === undefined) return '';\n  const chunks: Uint8Array[] = [];\n  let length = 0;\n  for (;;) {\n    const { done, value } = await reader.read();\n    if (done) break;\n    length += value.byteLength;\n    if (length > maxBytes) throw new RangeError('The body has more bytes than it may have.');\n    chunks.push(value);\n  }\n  return Buffer.concat(chunks).toString('utf8');\n}\n",
  ],
  [
    'Python',
    90,
    'def load_settings(path, defaults=None):\n    """Read settings from a JSON file and fill in the defaults."""\n    settings = dict(defaults or {})\n    with open(path, encoding="utf-8") as handle:\n        for key, value in json.load(handle).items():\n            if key not in KNOWN_KEYS:\n                raise ValueError(f"unknown key: {key!r}")\n            settings[key] = value\n    return settings\n',
  ],
  [
    'JSON',
    93,
    '{"id":"ord_20261123_0042","customer":{"name":"Anna Schmidt","email":"anna@example.com","tags":["new","vip"]},"items":[{"sku":"A-1001","quantity":2,"price":19.9},{"sku":"B-2040","quantity":1,"price":149}],"created_at":"2026-11-23T09:15:00Z","paid":true,"note":null}',
  ],
  [
    'indented JSON',
    111,
    '{\n  "type": "object",\n  "properties": {\n    "city": {\n      "type": "string",\n      "description": "The city to look up"\n    },\n    "unit": {\n      "type": "string",\n      "enum": [\n        "celsius",\n        "fahrenheit"\n      ]\n    },\n    "days": {\n      "type": "integer",\n      "minimum": 1,\n      "maximum": 14\n    }\n  },\n  "required": [\n    "city"\n  ]\n}',
  ],
  [
    'base64',
    213,
    'DZdwkwW8whexms1PGzGRQDl8DuUQgD9Imz0pX9+uxy/c2COzkrsz8AFX9+Ykp3mVALCv+JBynhnZ6Ebp2xyid5YEt7kKoIW0MvUMaBMIR9Coyjvx9krjywJ+SV69a2OlNhE2pWNrvV5JfgLL40r28TvKqNBHCBNoDPUytIWgCrm3BJZ3ohzb6Ubo2RmecpD4r7AAlXmnJOb3VwHwM7uSsyPY3C/Hrt9fKT2bSD+AEOUOfDlAkTEbT82asRfCvAWTcJcNyNIrybbtc0NdwXRxuE4uWMyPnPOZicNMHzyjWVmjPB9Mw4mZ85yPzFguTrhx',
  ],
  [
    'hexadecimal',
    177,
    '0d97709305bcc217b19acd4f1b319140397c0ee510803f489b3d295fdfaec72fdcd823b392bb33f00157f7e624a7799500b0aff890729e19d9e846e9db1ca2779604b7b90aa085b432f50c68130847d0a8ca3bf1f64ae3cb027e495ebd6b63a5361136a5636bbd5e497e02cbe34af6f13bcaa8d0470813680cf532b485a00ab9b7049677a21cdbe946e8d9199e7290f8afb0009579a724e6f75701f033bb92b3',
  ],
];

/** Text of all kinds, well-formed or not, with long runs. */
const anyText = fc
  .array(
    fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.string({ unit: 'grapheme' }),
      fc
        .tuple(fc.constantFrom('a', 'Z', ' ', '\n', '7', '{', '中', 'é', '😀', '\ud800'), fc.nat(200))
        .map(([unit, count]) => unit.repeat(count)),
    ),
    { maxLength: 6 },
  )
  .map((pieces) => pieces.join(''));

/** What one code unit costs at most. */
const maxPerUnit = 2.5;

describe('estimateTokens', () => {
  test.each(counted)('%s', (_kind, tokens, text) => {
    const estimate = estimateTokens(text);
    expect(estimate / tokens).toBeGreaterThan(0.85);
    expect(estimate / tokens).toBeLessThan(1.22);
  });

  test('is 0 for nothing and at least 1 for anything', () => {
    expect(estimateTokens('')).toBe(0);
    for (const text of ['a', ' ', '\n', '.', '\u0000', '\ud800', '\uffff'])
      expect(estimateTokens(text)).toBeGreaterThan(0);
  });

  test('grows with the text by a bounded amount for each code unit', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const estimate = estimateTokens(text);
        expect(Number.isInteger(estimate)).toBe(true);
        expect(estimate).toBeLessThanOrEqual(Math.ceil(text.length * maxPerUnit));
        // No text is many times longer than its tokens, but runs of one sign are.
        expect(estimate).toBeGreaterThanOrEqual(Math.ceil(text.length / 100));
      }),
    );
  });

  test('is that of the parts of a text, but for what the seam changes', () => {
    fc.assert(
      fc.property(anyText, anyText, (one, other) => {
        const parts = estimateTokens(one) + estimateTokens(other);
        const whole = estimateTokens(one + other);
        expect(whole).toBeLessThanOrEqual(parts + 2 + other.length * 0.4);
        expect(whole).toBeGreaterThanOrEqual(Math.max(estimateTokens(one), estimateTokens(other)) - 2);
      }),
    );
  });

  test('is in proportion to the number of equal parts', () => {
    for (const unit of ['word ', '    x\n', '1234 ', '中文', '{"a":1},\n', 'aB']) {
      const [small, large] = [estimateTokens(unit.repeat(1000)), estimateTokens(unit.repeat(100_000))];
      expect(Math.abs(large - small * 100)).toBeLessThanOrEqual(100);
    }
  });

  test('does not count short words for less than they are', () => {
    // 240 words that are a token each.
    expect(estimateTokens('many words that say a lot '.repeat(40))).toBeGreaterThan(228);
  });

  test('finishes on long runs that pair merging takes seconds for', () => {
    for (const unit of ['a', 'A', ' ', '\n', '=', '0', 'é', '中', '\ud800']) {
      expect(estimateTokens(unit.repeat(2_000_000))).toBeGreaterThan(1000);
    }
  });
});
