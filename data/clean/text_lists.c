/* Legal forms and nicknames, in lines: one place to read and to correct them. */
#include "data/clean/text_lists.h"

#include <string.h>

/* Legal forms at the end of a name, separated by commas. They are compared as words are, so "s.a."
 * is "sa", and "gmbh & co. kg" needs no line of its own: ends are cut off again and again. What is
 * no legal form (Group, Holding, International) is not here. */
static const char *const forms_last[] = {
    /* English-speaking countries */
    "ltd, limited, plc, public limited company, llp, limited liability partnership, lp, "
    "limited partnership, llc, limited liability company, lllp, inc, incorporated, corp, "
    "corporation, co, company, pc, pllc, cic, dac, designated activity company, clg, ulc, "
    "unlimited company, pty, proprietary limited, proprietary, npc, soc, rf",
    /* What stands before "Co" and "Cie" */
    "& co, and co, + co, & company, and company, & cie, et cie, & cia, y cia, e cia, & c, und co, "
    "u co",
    /* German */
    "gmbh, mbh, ges mbh, gesmbh, gesellschaft mit beschränkter haftung, ag, aktiengesellschaft, "
    "kg, kommanditgesellschaft, kgaa, ohg, gbr, ug, haftungsbeschränkt, eg, ev, ek, e kfm, se, "
    "partg, partgmbb, ggmbh, gug, mbb",
    /* French, with Belgium, Switzerland, Luxembourg, Quebec */
    "sa, sas, sasu, sarl, sa rl, eurl, snc, sci, scs, sca, scop, selarl, gie, cie, "
    "société anonyme, société à responsabilité limitée, société par actions simplifiée, sprl, "
    "scrl, "
    "srl, asbl, sagl, ltée, limitée, enr, senc",
    /* Spanish and Portuguese */
    "sl, slu, sll, sau, sociedad anónima, sociedad limitada, s a, sa de cv, sab de cv, "
    "sapi de cv, s de rl, s de rl de cv, sc de rl, ltda, limitada, cia, cía, eirl, spa, lda, "
    "unipessoal lda, eireli, sociedade anónima, sgps",
    /* Italian */
    "srl, srls, sapa, società per azioni, società a responsabilità limitata, scarl, scpa, "
    "onlus",
    /* Dutch */
    "bv, nv, bvba, cvba, vof, cv, besloten vennootschap, naamloze vennootschap, vzw, ua",
    /* Nordic and Baltic */
    "ab, aktiebolag, publ, hb, kb, as, asa, ans, aksjeselskap, aktieselskab, anpartsselskab, aps, "
    "a s, ks, k s, i s, oy, oyj, osakeyhtiö, ky, ehf, hf, ohf, uab, sia, oü, osaühing, mb",
    /* Central and eastern Europe */
    "sp z oo, sp zoo, zoo, spółka z ograniczoną odpowiedzialnością, spółka akcyjna, sp j, sp k, "
    "ska, sro, spol s ro, akciová společnost, vos, doo, d o o, dd, dno, jdoo, kft, "
    "zrt, nyrt, bt, rt, kkt, eood, ood, ead, ad, tov, ооо, оао, зао, пао, ао, тов, тоо, еоод, оод, "
    "ад, sh p k, shpk",
    /* Turkey, Greece, Israel */
    "aş, anonim şirketi, ltd şti, şti, limited şirketi, ae, epe, ike, oe, αε, επε, ικε, οε",
    /* Asia, Arab countries */
    "kk, kabushiki kaisha, kabushiki gaisha, gk, godo kaisha, yk, yugen kaisha, pvt, private, pte, "
    "sdn bhd, sdn, bhd, berhad, tbk, pcl, public company, jsc, ojsc, cjsc, pjsc, ooo, oao, "
    "zao, pao, joint stock company, wll, fze, fzco, fz llc, fzc, dmcc, psc, bsc, qsc, qpsc, saog, "
    "saoc, saa, sae, ksc, kscp",
};

/* Legal forms at the begin. */
static const char *const forms_first[] = {
    "ooo, oao, zao, pao, jsc, ojsc, cjsc, pjsc, ооо, оао, зао, пао, ао, тоо, тов, tov, ип, "
    "uab, sia, oü, pt, sc, kk, joint stock company, limited liability company",
};

/* A name, and after the colon its short forms. A short form stands for one name alone. Not here,
 * since they stand for more: Al (Albert, Alan), Alex (Alexander, Alexandra), Bert (Albert, Herbert,
 * Robert), Beto (Alberto, Roberto), Billie, Bobbie, Chris (Christopher, Christine), Dee, Enzo
 * (Vincenzo, Lorenzo), Ellie (Eleanor, Ellen), Elsie, Frank (Francis, Franklin), Gene, Gerry
 * (Gerald, Geraldine), Hal (Harold, Henry), Jamie, Jean, Jerry (Gerald, Jerome), Jo, Jody, Kim,
 * Kit, Lee, Lena, Lou (Louis, Louise), Max, Mel, Milly (Mildred, Millicent), Minnie, Nan, Nell
 * (Eleanor, Helen), Nicky, Nina, Nora, Ola, Pat (Patrick, Patricia), Ray, Robin, Sam (Samuel,
 * Samantha), Sandy, Sasha, Ted (Edward, Theodore), Terry, Tina, Toni, Val, Zhenya. Spellings of one
 * name that share short forms (Catherine, Katharine) count as short forms of the most frequent. */
static const char *const nicknames[] = {
    /* English */
    "Abigail: Abby Abbie",
    "Abraham: Abe Bram",
    "Adelaide: Addie",
    "Albert: Bertie",
    "Alfred: Alf Alfie",
    "Allison: Allie Alison",
    "Amanda: Mandy",
    "Andrew: Andy Drew",
    "Angela: Angie",
    "Anthony: Tony Antony",
    "Archibald: Archie",
    "Arnold: Arnie",
    "Arthur: Art Artie",
    "Augustus: Gus",
    "Barbara: Barb Barbie Babs Basia Bärbel",
    "Barnabas: Barney",
    "Bartholomew: Bart",
    "Beatrice: Bea Trixie",
    "Benjamin: Ben Benny Benji",
    "Bernard: Bernie",
    "Bradley: Brad",
    "Brenda: Bren",
    "Bridget: Biddy Bridie",
    "Calvin: Cal",
    "Cameron: Cam",
    "Caroline: Carrie",
    "Cassandra: Cassie",
    "Cecilia: Cissy",
    "Charles: Charlie Charley Chuck Chas Chaz",
    "Charlotte: Lottie Lotte",
    "Christina: Christy Chrissie",
    "Christopher: Topher",
    "Clifford: Cliff",
    "Clinton: Clint",
    "Constance: Connie",
    "Cynthia: Cindy Cyndi",
    "Daniel: Dan Danny",
    "David: Dave Davey Davie",
    "Deborah: Debbie Deb Debby Debra",
    "Dennis: Denny Denis",
    "Dominic: Dom",
    "Donald: Don Donnie Donny",
    "Dorothy: Dot Dottie Dolly Dodie",
    "Douglas: Doug Dougie",
    "Edgar: Edgard",
    "Edith: Edie",
    "Edmund: Edmond",
    "Edward: Ed Eddie Eddy Ned",
    "Eleanor: Ellinor",
    "Elizabeth: Liz Lizzie Lizzy Beth Betty Betsy Bess Bessie Libby Liza Elisabeth Betsey Babette",
    "Emily: Em Emmy",
    "Ernest: Ernie",
    "Esther: Essie",
    "Eugene: Eugen",
    "Evelyn: Evie",
    "Florence: Flo Flossie",
    "Frances: Fanny Francie",
    "Franklin: Franklyn",
    "Frederick: Fred Freddie Freddy Fredrick Frederic",
    "Gabriel: Gabe",
    "Geoffrey: Geoff",
    "George: Georgie Geo",
    "Gertrude: Gertie Trudy",
    "Gilbert: Gil",
    "Gregory: Greg Gregg",
    "Gwendolyn: Gwen",
    "Harriet: Hattie",
    "Helen: Nellie",
    "Henrietta: Etta",
    "Henry: Harry Hank",
    "Herbert: Herb",
    "Herman: Hermie",
    "Hubert: Hubie",
    "Isaac: Ike",
    "Isabella: Izzy Bella",
    "Jacob: Jake",
    "Jacqueline: Jackie Jacqui Jacquelyn",
    "James: Jim Jimmy Jimmie Jas",
    "Jeffrey: Jeff Jeffery",
    "Jennifer: Jen Jenny Jenn Jennie",
    "Jeremy: Jem",
    "Jessica: Jess Jessie",
    "Joanna: Joannie",
    "Jonathan: Jon Jonny Johnathan Jonathon",
    "John: Jack Johnny Johnnie Jno",
    "Joseph: Joe Joey Jos",
    "Joshua: Josh",
    "Josephine: Josie",
    "Judith: Judy Judi",
    ("Katherine: Kate Katie Kathy Kathie Cathy Cathie Kitty Katharine Catherine Kathryn Catharine "
     "Cathryn Katy"),
    "Kathleen: Kath",
    "Kenneth: Ken Kenny",
    "Kimberly: Kimmy Kimberley",
    "Lawrence: Larry Laurence",
    "Leonard: Len Lenny Lennie",
    "Lester: Les",
    "Lillian: Lily Lilian Lil",
    "Linda: Lindy",
    "Louis: Louie",
    "Louise: Lulu",
    "Madeline: Maddie Maddy Madeleine",
    "Magdalene: Maddalena",
    "Malcolm: Mal",
    "Margaret: Maggie Meg Peggy Peg Madge Marge Margie Margo Maisie Mags Meggie",
    "Marjorie: Margery",
    "Martha: Marty Mattie",
    "Martin: Martie",
    "Mary: Molly Polly Mamie",
    "Matthew: Matt Matty",
    "Maximilian: Maxi",
    "Megan: Meghan",
    "Melissa: Missy Lissa",
    "Michael: Mike Mick Mickey Micky Mikey Mich Michi",
    "Mildred: Midge",
    "Mitchell: Mitch",
    "Mortimer: Mort",
    "Natalie: Nat Nattie",
    "Nathaniel: Nate Nathanael",
    "Nicholas: Nick Nicolas Nico Nickolas",
    "Nicole: Nikki",
    "Norbert: Norb",
    "Norman: Norm",
    "Oliver: Ollie Olly",
    "Oscar: Ossie",
    "Pamela: Pam Pammy",
    "Patricia: Patty Patsy Tricia Trish Patti",
    "Patrick: Paddy",
    "Penelope: Penny",
    "Percival: Percy",
    "Peter: Pete",
    "Philip: Phil Phillip",
    "Phyllis: Phyl",
    "Priscilla: Prissy Cilla",
    "Prudence: Prue",
    "Rachel: Rach Rachael",
    "Ralph: Ralphie",
    "Randolph: Randy",
    "Raphael: Raph",
    "Raymond: Raymund",
    "Rebecca: Becky Becca Rebekah",
    "Reginald: Reg Reggie",
    "Richard: Dick Rick Ricky Rich Richie Rickie Dickie",
    "Robert: Bob Bobby Rob Robbie",
    "Roderick: Rod",
    "Rodney: Roddy",
    "Roger: Rodger",
    "Roland: Rollie",
    "Ronald: Ron Ronnie Ronny",
    "Rosalind: Roz",
    "Rosemary: Rosie",
    "Rudolph: Rudy",
    "Russell: Russ Rusty",
    "Samantha: Sammie",
    "Samuel: Sammy",
    "Sarah: Sally Sadie",
    "Sebastian: Seb",
    "Sharon: Shari",
    "Sheldon: Shelly",
    "Sidney: Sid Sydney",
    "Simon: Si",
    "Solomon: Sol Solly",
    "Stanley: Stan",
    "Stephanie: Steph Stephie",
    "Stephen: Steve Steven Stevie",
    "Stuart: Stu",
    "Susan: Sue Susie Suzie Suzy",
    "Sylvester: Sly",
    "Sylvia: Silvia",
    "Tabitha: Tabby",
    "Theresa: Tess Tessie Terri Tessa Teresa",
    "Theodore: Theo",
    "Thomas: Tom Tommy Thos",
    "Timothy: Tim Timmy",
    "Tobias: Toby",
    "Valentine: Valentin",
    "Vanessa: Nessa",
    "Veronica: Ronni",
    "Victor: Vic",
    "Victoria: Vicky Vicki Vickie Tori Vikki",
    "Vincent: Vince Vinnie Vinny",
    "Virginia: Ginny",
    "Vivian: Viv",
    "Wallace: Wally",
    "Walter: Walt",
    "Wesley: Wes",
    "Wilfred: Wilf",
    "Wilhelmina: Willa",
    "William: Bill Billy Will Willie Willy Wm",
    "Winifred: Winnie",
    "Winston: Winny",
    "Yvonne: Vonnie",
    "Zachary: Zach Zack Zak",
    "Zedekiah: Zed",
    /* Spanish and Portuguese */
    "Alfonso: Poncho Fonso",
    "Antonio: Toño Tonho",
    "Concepción: Concha Conchita",
    "Consuelo: Chelo",
    "Dolores: Lola Loli",
    "Eduardo: Lalo Edu",
    "Enrique: Quique Kike",
    "Federico: Fede",
    "Fernando: Nando",
    "Francisca: Paqui Paquita",
    "Francisco: Paco Pancho Curro Chico Paquito Kiko",
    "Guadalupe: Lupe Lupita",
    "Guillermo: Memo",
    "Gustavo: Guga",
    "Ignacio: Nacho",
    "Javier: Javi",
    "Jesús: Chuy Chucho",
    "Joaquim: Quim",
    "José: Pepe Zé Zeca Pepito",
    "Manuel: Manolo Manolito",
    "Mercedes: Merche",
    "Pilar: Pili",
    "Rafael: Rafa",
    "Rosario: Charo",
    "Santiago: Santi",
    "Trinidad: Trini",
    "Vicente: Chente",
    /* Italian */
    "Alessandro: Sandro",
    "Domenico: Mimmo",
    "Filippo: Pippo",
    "Francesco: Checco Ciccio",
    "Giovanni: Gianni",
    "Giuseppe: Beppe Peppe Peppino Pino",
    "Luigi: Gigi",
    "Raffaele: Lello",
    /* German and Dutch */
    "Cornelis: Kees",
    "Eleonore: Lore",
    "Friedrich: Fritz",
    "Gabriele: Gabi",
    "Georg: Schorsch",
    "Hendrik: Henk",
    "Jacobus: Koos",
    "Johannes: Hans Hannes Hansi",
    "Josef: Sepp Jupp",
    "Katharina: Kathi Käthe",
    "Leopold: Poldi",
    "Matthias: Matze",
    "Monika: Moni",
    "Pieter: Piet",
    "Rudolf: Rudi",
    "Stefanie: Steffi",
    "Theresia: Resi",
    "Ulrich: Uli",
    "Ursula: Uschi",
    "Veronika: Vroni",
    "Wilhelm: Willi",
    "Willem: Wim",
    "Wolfgang: Wolfi",
    /* French */
    "Emmanuel: Manu",
    "Marguerite: Margot",
    /* Nordic */
    "Karl: Kalle",
    "Lars: Lasse",
    "Nils: Nisse",
    "Per: Pelle",
    /* Polish */
    "Anna: Ania Anya",
    "Elżbieta: Ela",
    "Grzegorz: Grzesiek",
    "Hanna: Hania",
    "Jakub: Kuba",
    "Jan: Janek",
    "Jerzy: Jurek",
    "Jolanta: Jola",
    "Katarzyna: Kasia",
    "Krzysztof: Krzysiek",
    "Magdalena: Magda",
    "Małgorzata: Gosia",
    "Piotr: Piotrek",
    "Stanisław: Staszek Stasiek",
    "Tomasz: Tomek",
    "Wojciech: Wojtek",
    "Zbigniew: Zbyszek",
    "Zofia: Zosia",
    /* Russian, in Latin and in Cyrillic letters */
    "Alexei: Lyosha Alyosha",
    "Anastasia: Nastya",
    "Anatoly: Tolya",
    "Boris: Borya",
    "Daria: Dasha",
    "Dmitry: Dima",
    "Ekaterina: Katya",
    "Galina: Galya",
    "Grigory: Grisha",
    "Ivan: Vanya",
    "Konstantin: Kostya",
    "Ksenia: Ksyusha",
    "Lyudmila: Lyuda",
    "Maria: Masha Marysia",
    "Mikhail: Misha",
    "Natalia: Natasha",
    "Nikolai: Kolya",
    "Olga: Olya",
    "Pavel: Pasha",
    "Pyotr: Petya",
    "Sergei: Seryozha Serezha",
    "Svetlana: Sveta",
    "Vladimir: Volodya Vova",
    "Yuri: Yura",
    "Алексей: Лёша Алёша",
    "Анастасия: Настя",
    "Анатолий: Толя",
    "Анна: Аня",
    "Борис: Боря",
    "Владимир: Володя Вова",
    "Галина: Галя",
    "Григорий: Гриша",
    "Дарья: Даша",
    "Дмитрий: Дима",
    "Екатерина: Катя",
    "Елена: Лена",
    "Иван: Ваня",
    "Константин: Костя",
    "Людмила: Люда",
    "Мария: Маша",
    "Михаил: Миша",
    "Наталья: Наташа",
    "Николай: Коля",
    "Ольга: Оля",
    "Павел: Паша",
    "Пётр: Петя",
    "Светлана: Света",
    "Сергей: Серёжа",
    "Татьяна: Таня",
    "Юрий: Юра",
};

static struct text_part part(const char *p, size_t n)
{
    while (n > 0 && *p == ' ')
        p++, n--;
    return (struct text_part){p, n};
}

/* Adds what stands between commas. */
static bool add_forms(struct text_words *w, const char *list, enum text_words_place place,
                      struct err *e)
{
    const struct text_part nothing = {"", 0};
    for (size_t n; *list; list += n + (list[n] == ',')) {
        n = strcspn(list, ",");
        if (!text_words_add(w, part(list, n), nothing, place, "company-suffixes", 0, e))
            return false;
    }
    return true;
}

bool text_lists_suffixes(struct text_words *w, struct err *e)
{
    bool ok = true;
    for (size_t i = 0; ok && i < sizeof forms_last / sizeof *forms_last; i++)
        ok = add_forms(w, forms_last[i], TEXT_WORDS_LAST, e);
    for (size_t i = 0; ok && i < sizeof forms_first / sizeof *forms_first; i++)
        ok = add_forms(w, forms_first[i], TEXT_WORDS_FIRST, e);
    return ok;
}

/* Adds the short forms of a line. */
static bool add_nicknames(struct text_words *w, const char *line, struct err *e)
{
    const size_t name = strcspn(line, ":");
    for (const char *p = line + name + 1; *p;) {
        const size_t n = strcspn(p + 1, " ");
        if (!text_words_add(w, (struct text_part){p + 1, n}, (struct text_part){line, name},
                            TEXT_WORDS_ANYWHERE, "nicknames", 0, e))
            return false;
        p += 1 + n;
    }
    return true;
}

bool text_lists_nicknames(struct text_words *w, struct err *e)
{
    bool ok = true;
    for (size_t i = 0; ok && i < sizeof nicknames / sizeof *nicknames; i++)
        ok = add_nicknames(w, nicknames[i], e);
    return ok;
}
